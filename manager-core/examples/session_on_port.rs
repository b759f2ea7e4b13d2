//! Runs a session on a manager's API port and prints what the manager reports:
//!
//! ```sh
//! cargo run -p manager-core --example session_on_port -- /dev/ttyUSB3
//! ```

use core::error::Error;
use core::time::Duration;
use std::io::{self, Read, Write};
use std::time;

use manager_core::session::{Event, Instant, Session, WIRE_BUFFER_LEN};
use manager_core::{NotificationMask, Subscribe};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: session_on_port PORT")?;
    let mut port = serialport::new(path, 115_200).open()?;
    let begun = time::Instant::now();
    let now = || Instant::from_millis(begun.elapsed().as_millis() as u64);
    let mut session = Session::new();
    session.connect(now());
    let mut buffer = [0; 1024];
    loop {
        drain(&mut session, now())?;
        transmit(&mut session, &mut port)?;
        // Wait for octets, but no longer than until the session wants to be told the time.
        let wait = session.poll_timeout().map(|at| at.saturating_duration_since(now()));
        port.set_timeout(wait.unwrap_or(Duration::from_secs(60)).max(Duration::from_millis(1)))?;
        let mut rest = match port.read(&mut buffer) {
            Ok(read) => &buffer[..read],
            Err(error) if error.kind() == io::ErrorKind::TimedOut => &[],
            Err(error) => return Err(error.into()),
        };
        // It takes no more octets than one event at a time needs.
        while !rest.is_empty() {
            rest = &rest[session.handle_bytes(now(), rest)..];
            drain(&mut session, now())?;
        }
        session.handle_timeout(now());
    }
}

/// Handles what the session says, until it has nothing more to say.
fn drain(session: &mut Session, now: Instant) -> io::Result<()> {
    loop {
        let (mut subscribe, mut safe) = (None, None);
        match session.poll_event() {
            Some(Event::Connected(_)) => {
                subscribe =
                    Some(Subscribe::reliably(NotificationMask::DATA | NotificationMask::EVENT));
            }
            Some(Event::Notification { notification, token }) => {
                writeln!(io::stdout(), "{notification:?}")?; // a gateway would store it, and acknowledge then
                safe = token;
            }
            Some(event) => writeln!(io::stdout(), "{event:?}")?,
            None => return Ok(()),
        }
        if let Some(subscribe) = subscribe {
            session.request(now, &subscribe).expect("a new session has no request");
        }
        if let Some(token) = safe {
            session.acknowledge(token).expect("the session is still the same");
        }
    }
}

fn transmit(session: &mut Session, port: &mut impl Write) -> io::Result<()> {
    let mut buffer = [0; WIRE_BUFFER_LEN];
    while let Some(octets) = session.poll_transmit(&mut buffer) {
        port.write_all(octets)?;
    }
    port.flush()
}
