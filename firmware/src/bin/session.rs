//! The whole path within a session: greets the manager, subscribes, and acknowledges each
//! notification once its temperatures are out. The recorded line has gaps in its numbers, so the
//! session ends at the first, as it must.
#![no_std]
#![no_main]

use manager_core::session::{Event, Instant, Session, WIRE_BUFFER_LEN};
use manager_core::{Notification, NotificationMask, Subscribe};

/// The manager's answer to the hello: the notification before the next has number 1.
const HELLO_RESPONSE: &[u8] = b"\x7e\x00\x02\x00\x05\x00\x04\x01\x00\x00\x3f\x86\x7e";

#[cortex_m_rt::entry]
fn main() -> ! {
    static mut SESSION: Session = Session::new();
    firmware::run(|| {
        let now = Instant::from_millis(0);
        SESSION.connect(now);
        drain(SESSION, now);
        for mut octets in [HELLO_RESPONSE].into_iter().chain(firmware::line()) {
            while !octets.is_empty() {
                let consumed = SESSION.handle_bytes(now, octets);
                octets = octets.get(consumed..).unwrap_or(&[]);
                drain(SESSION, now);
            }
        }
        if let Some(later) = SESSION.poll_timeout() {
            SESSION.handle_timeout(later);
            drain(SESSION, later);
        }
    })
}

fn drain(session: &mut Session, now: Instant) {
    loop {
        let mut request = None;
        let mut acknowledge = None;
        match session.poll_event() {
            Some(Event::Connected(_)) => {
                request = Some(Subscribe::reliably(NotificationMask::DATA));
            }
            Some(Event::Notification { notification, token }) => {
                if let Ok(Notification::Data(data)) = notification {
                    firmware::temperatures(&data);
                }
                acknowledge = token;
            }
            Some(_) => {}
            None => break,
        }
        if let Some(request) = request {
            firmware::keep(session.request(now, &request).is_ok().into());
        }
        if let Some(token) = acknowledge {
            firmware::keep(session.acknowledge(token).is_ok().into());
        }
    }
    let mut buffer = [0; WIRE_BUFFER_LEN];
    while let Some(octets) = session.poll_transmit(&mut buffer) {
        firmware::transmit(octets);
    }
}
