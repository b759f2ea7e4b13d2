use core::time::Duration;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use hdlc_core::Decoder;
use serialport::{SerialPort, TTYPort};

/// What a [`Wiretap`] has heard.
#[derive(Clone, Debug)]
pub struct Frame {
    /// When its last octet went by.
    pub at: Instant,
    /// Whether the manager has sent it.
    pub is_managers: bool,
    /// What is between the flags, unescaped, without its check.
    pub payload: Vec<u8>,
}

/// Lies between a manager and its client, and hears what both say. It lasts until the test ends.
#[derive(Debug)]
pub struct Wiretap {
    port: String,
    heard: Arc<Mutex<Heard>>,
    /// Keeps the client's end there while no client has it open.
    _end: TTYPort,
}

#[derive(Debug, Default)]
struct Heard {
    frames: Vec<Frame>,
    octets: [u64; 2],
}

impl Wiretap {
    /// Lies behind the manager's port.
    ///
    /// # Panics
    /// If the port cannot be opened, or the system has no ptys.
    #[must_use]
    pub fn new(manager: &str) -> Self {
        let wait = Duration::from_secs(3600);
        let manager = serialport::new(manager, 115_200).timeout(wait);
        let manager = TTYPort::open(&manager).expect("the manager's port");
        let (mut client, end) = TTYPort::pair().expect("the system has ptys");
        client.set_timeout(wait).expect("a pty has a time-out");
        let port = end.name().expect("a pty has a name");
        let heard = Arc::<Mutex<Heard>>::default();
        let again = |port: &TTYPort| port.try_clone_native().expect("a port can be cloned");
        for (from, to, is_managers) in
            [(again(&manager), again(&client), true), (again(&client), again(&manager), false)]
        {
            let heard = Arc::clone(&heard);
            thread::spawn(move || carry(from, to, is_managers, &heard));
        }
        Self { port, heard, _end: end }
    }

    /// The client's end.
    #[must_use]
    pub fn port(&self) -> &str {
        &self.port
    }

    /// All good frames so far.
    ///
    /// # Panics
    /// Never: no thread panics while it holds the lock.
    #[must_use]
    pub fn frames(&self) -> Vec<Frame> {
        self.heard.lock().expect("no thread panics with it").frames.clone()
    }

    /// All octets so far: to the manager, and from it.
    ///
    /// # Panics
    /// Never: no thread panics while it holds the lock.
    #[must_use]
    pub fn octets(&self) -> [u64; 2] {
        self.heard.lock().expect("no thread panics with it").octets
    }
}

fn carry(mut from: TTYPort, mut to: TTYPort, is_managers: bool, heard: &Mutex<Heard>) {
    let mut decoder = Decoder::<256>::new();
    let mut chunk = [0; 4096];
    while let Ok(read) = from.read(&mut chunk) {
        let octets = &chunk[..read];
        // Noted first, so that nobody has what was not heard.
        let mut noted = heard.lock().expect("no thread panics with it");
        noted.octets[usize::from(is_managers)] += read as u64;
        let mut rest = octets;
        while !rest.is_empty() {
            let fed = decoder.feed(rest);
            if let Some(Ok(payload)) = fed.outcome {
                let (at, payload) = (Instant::now(), payload.to_vec());
                noted.frames.push(Frame { at, is_managers, payload });
            }
            rest = &rest[fed.consumed..];
        }
        drop(noted);
        if to.write_all(octets).is_err() {
            return;
        }
    }
}
