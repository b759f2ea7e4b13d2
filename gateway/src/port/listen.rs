use core::time::Duration;
use std::thread;
use std::time::Instant;

use hdlc_core::Decoder;
use manager_core::{MAX_FRAME_LEN, Packet, PacketType};

use super::Link;
use super::open::{OpenError, open_quietly};

/// How long to listen: a manager without a session says hello more often.
pub const LISTENING: Duration = Duration::from_millis(3500);

/// Between two looks at whether that is over.
const TICK: Duration = Duration::from_millis(50);

/// What was heard on a port.
#[derive(Debug)]
pub enum Answer {
    /// A manager's serial API.
    Manager,
    /// Octets, but not a manager's.
    Noise,
    /// Nothing.
    Silence,
    /// It cannot be listened to.
    Closed(OpenError),
}

/// Listens on ports, all at the same time, for what a manager says unasked. Nothing is written
/// to them, and DTR is not asserted.
#[must_use]
pub fn listen(ports: &[String]) -> Vec<Answer> {
    let listeners: Vec<_> = ports
        .iter()
        .map(|port| {
            let port = port.clone();
            thread::spawn(move || match open_quietly(&port) {
                Ok(link) => hear(link),
                Err(error) => Answer::Closed(error),
            })
        })
        .collect();
    // A listener cannot panic.
    listeners.into_iter().map(|listener| listener.join().unwrap_or(Answer::Silence)).collect()
}

fn hear(mut link: Link) -> Answer {
    let deadline = Instant::now() + LISTENING;
    let mut decoder = Decoder::<MAX_FRAME_LEN>::new();
    let mut answer = Answer::Silence;
    while Instant::now() < deadline {
        let mut chunk = [0; 1024];
        let mut octets = match link.read(&mut chunk, TICK) {
            Ok([]) => continue,
            Ok(octets) => octets,
            Err(_) => return answer,
        };
        answer = Answer::Noise;
        while !octets.is_empty() {
            let fed = decoder.feed(octets);
            octets = octets.get(fed.consumed..).unwrap_or_default();
            if fed.outcome.and_then(Result::ok).is_some_and(is_from_manager) {
                return Answer::Manager;
            }
        }
    }
    answer
}

/// What a manager says unasked: its hello, or a notification that its last client has left
/// behind.
fn is_from_manager(payload: &[u8]) -> bool {
    Packet::parse(payload).is_ok_and(|packet| {
        matches!(packet.packet_type, PacketType::ManagerHello | PacketType::Notification)
            && !packet.control.is_response()
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{Read, Write};

    use serialport::{SerialPort, TTYPort};

    use super::*;

    fn heard(octets: &'static [u8]) -> (Answer, usize) {
        let (mut master, slave) = TTYPort::pair().unwrap();
        let name = slave.name().unwrap();
        drop(slave);
        let talker = thread::spawn(move || {
            master.set_timeout(Duration::from_millis(50)).unwrap();
            let mut written = 0;
            let end = Instant::now() + LISTENING;
            while Instant::now() < end {
                let _ = master.write_all(octets);
                written += master.read(&mut [0; 64]).unwrap_or(0);
                thread::sleep(Duration::from_millis(100));
            }
            written
        });
        let answer = listen(&[name]).remove(0);
        (answer, talker.join().unwrap())
    }

    #[test]
    fn a_manager_is_known_by_its_hello_and_hears_nothing() {
        let (answer, written) = heard(b"\x7e\x00\x03\x00\x02\x04\x00\x9b\x38\x7e");
        assert!(matches!(answer, Answer::Manager), "{answer:?}");
        assert_eq!(written, 0);
    }

    #[test]
    fn other_devices_are_not_taken_for_a_manager() {
        let (answer, written) = heard(b"$GPGGA,~~\r\n");
        assert!(matches!(answer, Answer::Noise), "{answer:?}");
        assert_eq!(written, 0);
    }

    #[test]
    fn a_port_that_cannot_be_opened_says_why() {
        let answer = listen(&["/dev/ttyUSB-not-there".to_owned()]).remove(0);
        assert!(matches!(answer, Answer::Closed(OpenError::NotFound { .. })), "{answer:?}");
    }
}
