//! From the octets of a serial line to temperatures, as a gateway goes: however they are cut into
//! chunks, the same events, the same readings and the same answers come out, and nothing is
//! acknowledged that did not come.
//!
//! Input: a `Line`, see there. The hello of a new session has number 0, so a `hello_response` with
//! that number opens the session.

use core::fmt::Write as _;

use manager_core::session::{Event, Instant, Session, Token, WIRE_BUFFER_LEN};
use manager_core::{Notification, Request};
use oap_core::{Body, Message, UDP_PORT};

use crate::line::Line;

const NOW: Instant = Instant::from_millis(0);

/// Panics if the property does not hold for `data`.
pub fn check(data: &[u8]) {
    let line = Line::new(data);
    let expected = Gateway::run([&line.stream[..]]);
    assert_eq!(Gateway::run(line.chunks()), expected, "in chunks {:?}", line.chunk_lengths);
    assert_eq!(Gateway::run(line.stream.chunks(1)), expected, "octet by octet");
}

/// What came out, in its order.
#[derive(Debug, Default, PartialEq)]
struct Gateway {
    events: String,
    readings: Vec<(u64, i64, u32, i16)>,
    written: Vec<u8>,
}

impl Gateway {
    fn run<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut gateway = Self::default();
        let mut session = Session::new();
        session.connect(NOW);
        gateway.drain(&mut session);
        for chunk in chunks {
            let mut rest = chunk;
            while !rest.is_empty() {
                let consumed = session.handle_bytes(NOW, rest);
                assert_ne!(consumed, 0, "nothing taken though nothing waits");
                rest = &rest[consumed..];
                gateway.drain(&mut session);
            }
        }
        let counters = (session.counters(), session.line_counters());
        write!(gateway.events, "{counters:?}").expect("a string takes anything");
        gateway
    }

    fn drain(&mut self, session: &mut Session) {
        loop {
            let mut token = None;
            let mut is_new = false;
            match session.poll_event() {
                None => break,
                Some(event) => {
                    writeln!(self.events, "{event:?}").expect("a string takes anything");
                    is_new |= matches!(event, Event::Connected(_));
                    if let Event::Notification { notification, token: of_it } = event {
                        token = of_it;
                        if let Ok(Notification::Data(data)) = notification
                            && data.dst_port == UDP_PORT
                        {
                            self.read(u64::from_be_bytes(data.mac_address.0), data.data);
                        }
                    }
                }
            }
            if is_new {
                session.request(NOW, &Request::GetTime).expect("a new session is ready");
            }
            if let Some(token) = token {
                Self::acknowledge(session, token);
            }
        }
        let mut buffer = [0; WIRE_BUFFER_LEN];
        while let Some(octets) = session.poll_transmit(&mut buffer) {
            self.written.extend(octets);
        }
    }

    fn acknowledge(session: &mut Session, token: Token) {
        session.acknowledge(token).expect("the session has just delivered it");
    }

    fn read(&mut self, mac: u64, payload: &[u8]) {
        if let Ok(Message { body: Body::Notification(notification), .. }) = Message::parse(payload)
            && let oap_core::Notification::Samples(samples) = notification
        {
            for (time, temperature) in samples.temperatures() {
                assert!(temperature.celsius().is_finite());
                self.readings.push((mac, time.secs(), time.usecs(), temperature.hundredths()));
            }
        }
    }
}
