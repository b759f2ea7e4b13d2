//! The client's side of a session with a manager, without a port and without a clock.
//!
//! The caller owns both, and tells the session what happened; after each call it drains what
//! comes out, until only a moment to wait for is left:
//!
//! ```
//! use manager_core::session::{Event, Instant, Session, WIRE_BUFFER_LEN};
//! use manager_core::{NotificationMask, Subscribe};
//!
//! fn drain(session: &mut Session, now: Instant, mut write: impl FnMut(&[u8])) {
//!     loop {
//!         // What has to happen next, noted while the event still borrows the session.
//!         let mut request = None;
//!         let mut acknowledge = None;
//!         match session.poll_event() {
//!             Some(Event::Connected(_)) => {
//!                 let subscribe = Subscribe::reliably(NotificationMask::DATA);
//!                 request = Some(subscribe);
//!             }
//!             Some(Event::Notification { token, .. }) => acknowledge = token, // it is safe now
//!             Some(_) => {}
//!             None => break,
//!         }
//!         if let Some(request) = request {
//!             session.request(now, &request).expect("a new session has no request");
//!         }
//!         if let Some(token) = acknowledge {
//!             session.acknowledge(token).expect("the session is still the same");
//!         }
//!     }
//!     let mut buffer = [0; WIRE_BUFFER_LEN];
//!     while let Some(octets) = session.poll_transmit(&mut buffer) {
//!         write(octets);
//!     }
//! }
//!
//! let mut session = Session::new();
//! let now = Instant::from_millis(0);
//! session.connect(now);
//!
//! let mut written = Vec::new();
//! drain(&mut session, now, |octets| written.extend_from_slice(octets));
//! assert_eq!(written, b"\x7e\x00\x01\x00\x03\x04\x00\x00\xf7\xce\x7e"); // hello
//!
//! let read = b"\x7e\x00\x02\x00\x05\x00\x04\x11\x00\x00\xaa\x03\x7e"; // hello_response
//! let mut rest = &read[..];
//! while !rest.is_empty() {
//!     let consumed = session.handle_bytes(now, rest);
//!     rest = &rest[consumed..];
//!     drain(&mut session, now, |octets| written.extend_from_slice(octets));
//! }
//! assert!(session.is_connected());
//! assert_eq!(session.poll_timeout(), Some(Instant::from_millis(500))); // for the response
//! ```
//!
//! - Outside happenings: [`handle_bytes`](Session::handle_bytes),
//!   [`handle_timeout`](Session::handle_timeout).
//! - Commands: [`connect`](Session::connect), [`disconnect`](Session::disconnect),
//!   [`request`](Session::request), [`acknowledge`](Session::acknowledge).
//! - What comes out: [`poll_event`](Session::poll_event),
//!   [`poll_transmit`](Session::poll_transmit), [`poll_timeout`](Session::poll_timeout).
//!
//! A notification is acknowledged when the caller says so and never before; one that the manager
//! sends again meanwhile is not delivered again. Whatever ends a session, the next hello follows
//! by itself: at once, unless one session after the other breaks within two seconds.

mod counters;
mod error;
mod event;
mod exchange;
mod handle;
mod inbound;
mod instant;
mod pending;
mod phase;

pub use counters::Counters;
pub use error::{RequestError, StaleToken};
pub use event::{Event, LostReason, Token};
pub use instant::Instant;

use exchange::{Exchange, Expired};
use hdlc_core::{Decoder, Encoder};
use heapless::Vec;
use pending::{Delivery, Pending};
use phase::Phase;

use crate::command::{Command, RawResponse};
use crate::{
    Control, HEADER_LEN, Hello, MAX_BODY_LEN, MAX_FRAME_LEN, Notification, Packet, PacketType,
};

/// What [`Session::poll_transmit`] needs: any frame, with every octet escaped.
pub const WIRE_BUFFER_LEN: usize = hdlc_core::max_wire_len(MAX_PAYLOAD_LEN);

const MAX_PAYLOAD_LEN: usize = HEADER_LEN + MAX_BODY_LEN;

/// The client's side of a session. It outlives the link: after a lost one, call
/// [`connect`](Self::connect) on the next.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Session {
    decoder: Decoder<MAX_FRAME_LEN>,
    phase: Phase,
    /// The number before that of the next command; also that of the last hello.
    cli_seq_no: u8,
    acknowledgement_due: Option<u8>,
    /// The body of the request that waits for its response.
    request: Vec<u8, MAX_BODY_LEN>,
    /// When the last session began.
    up_since: Instant,
    /// How many sessions in a row have broken at once.
    breaks: u8,
    pending: Pending,
    counters: Counters,
}

impl Session {
    /// A session without a link.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            decoder: Decoder::new(),
            phase: Phase::Down,
            cli_seq_no: u8::MAX,
            acknowledgement_due: None,
            request: Vec::new(),
            up_since: Instant::from_millis(0),
            breaks: 0,
            pending: Pending::NONE,
            counters: Counters::ZERO,
        }
    }

    /// Whether there is a session with the manager.
    #[must_use]
    pub const fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Up { .. })
    }

    /// Whether a request may be made: there is a session, and no other request waits.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        matches!(self.phase, Phase::Up { request: None, .. })
    }

    /// What has been seen so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// What the line below has brought so far.
    #[must_use]
    pub const fn line_counters(&self) -> hdlc_core::Counters {
        self.decoder.counters()
    }

    /// A link to the manager is there: ask for a session, forgetting any other.
    pub fn connect(&mut self, now: Instant) {
        self.disconnect();
        self.greet(now);
    }

    /// The link is gone. Events that have not been polled are dropped, tokens become stale.
    pub fn disconnect(&mut self) {
        self.decoder.reset();
        self.phase = Phase::Down;
        self.acknowledgement_due = None;
        self.pending = Pending::NONE;
    }

    /// Sends a command. Its response, or the end of the session, follows as an event.
    ///
    /// # Errors
    /// Without a session, while another request waits, or if it is too long.
    pub fn request(&mut self, now: Instant, request: &impl Command) -> Result<(), RequestError> {
        let Phase::Up { request: slot, .. } = &mut self.phase else {
            return Err(RequestError::NotConnected);
        };
        if slot.is_some() {
            return Err(RequestError::Busy);
        }
        // Room for the longest; it is cut to what the request takes.
        let emitted = self.request.resize_default(MAX_BODY_LEN).ok();
        let Some(len) = emitted.and_then(|()| request.emit(&mut self.request).ok()) else {
            let (expected, found) = (MAX_BODY_LEN, request.buffer_len());
            return Err(RequestError::TooLong { expected, found });
        };
        self.request.truncate(len);
        *slot = Some((request.packet_type(), Exchange::begin(now)));
        Ok(())
    }

    /// Tells the manager that what a notification brought is safe. To say it twice does no harm.
    ///
    /// # Errors
    /// If the notification's session is over, or has gone on to another notification.
    pub fn acknowledge(&mut self, token: Token) -> Result<(), StaleToken> {
        let Phase::Up { inbound, .. } = &mut self.phase else { return Err(StaleToken) };
        if token.session != self.counters.sessions {
            return Err(StaleToken);
        }
        let seq = inbound.acknowledge(token.delivery).ok_or(StaleToken)?;
        self.acknowledgement_due = Some(seq);
        Ok(())
    }

    /// Takes octets from the link, and returns how many: up to the first frame from which an
    /// event or something to transmit may follow, none while an event waits to be polled.
    #[must_use = "the octets after those taken still have to be handled"]
    pub fn handle_bytes(&mut self, now: Instant, octets: &[u8]) -> usize {
        if !self.pending.is_empty() {
            return 0;
        }
        let fed = self.decoder.feed(octets);
        let consumed = fed.consumed;
        if matches!(fed.outcome, Some(Ok(_))) {
            self.handle_frame(now);
        }
        consumed
    }

    /// The moment of [`poll_timeout`](Self::poll_timeout) has come. At any other it does nothing,
    /// nor while an event waits to be polled.
    pub fn handle_timeout(&mut self, now: Instant) {
        if !self.pending.is_empty() {
            return;
        }
        match self.phase.exchange_mut().map_or(Expired::No, |exchange| exchange.expire(now)) {
            Expired::No => {}
            Expired::Retry => self.handle_retry(),
            Expired::Over => self.greet(now),
            Expired::Unanswered => self.handle_unanswered(now),
        }
    }

    /// The next event, if any; it borrows what the decoder holds.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event<'_>> {
        if let Some(delivery) = self.pending.delivery.take() {
            // Both parsed before the delivery was noted, and the decoder has not been fed since.
            let packet = Packet::parse(self.decoder.payload()).ok()?;
            return Some(match delivery {
                Delivery::Notification(token) => {
                    Event::Notification { notification: Notification::parse(packet.body), token }
                }
                Delivery::Response => Event::Response(RawResponse {
                    packet_type: packet.packet_type,
                    body: packet.body,
                }),
            });
        }
        let lost = self.pending.lost.take().map(Event::Lost);
        lost.or_else(|| self.pending.greeting.take().map(Event::from))
    }

    /// The next frame to write to the link, if any.
    #[must_use]
    pub fn poll_transmit<'b>(&mut self, buffer: &'b mut [u8; WIRE_BUFFER_LEN]) -> Option<&'b [u8]> {
        let mut hello = [0; 3];
        let packet = if let Some(seq) = self.acknowledgement_due.take() {
            const RC_OK: &[u8] = &[0];
            let (control, packet_type) = (Control::RESPONSE, PacketType::Notification);
            Packet { control, packet_type, seq, body: RC_OK }
        } else if !self.phase.exchange_mut()?.take_due() {
            return None;
        } else if let Phase::Up { request: Some((packet_type, _)), .. } = self.phase {
            let seq = self.cli_seq_no.wrapping_add(1);
            Packet { control: Control::RELIABLE, packet_type, seq, body: &self.request }
        } else {
            Hello::new(self.cli_seq_no).emit(&mut hello).ok()?;
            let (control, packet_type) = (Control::BEST_EFFORT, PacketType::Hello);
            Packet { control, packet_type, seq: 0, body: &hello }
        };
        let mut payload = [0; MAX_PAYLOAD_LEN];
        let len = packet.emit(&mut payload).ok()?;
        let len = Encoder::new(payload.get(..len)?).emit(buffer).ok()?;
        buffer.get(..len)
    }

    /// The moment at which [`handle_timeout`](Self::handle_timeout) should be called next.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Instant> {
        match self.phase.exchange() {
            Some(exchange) => Some(exchange.deadline()),
            None => None,
        }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}
