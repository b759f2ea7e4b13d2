use manager_core::session::{Event, Token};
use manager_core::{Control, Packet, PacketType};

/// What the protocol makes of what the manager sent, kept beside the session and without looking
/// into it.
#[derive(Default)]
pub(super) struct Model {
    sessions: u64,
    /// The session that is up.
    current: Option<Current>,
    /// What the last packet must bring, if it must bring something.
    expected: Option<Expected>,
    deliveries: u64,
    /// Every token that was given, and its delivery.
    tokens: Vec<(Token, u64)>,
    /// The type and the number of the request that waits for its response.
    pub(super) request: Option<(PacketType, u8)>,
    pub(super) last_hello: u8,
}

struct Current {
    last_seq: u8,
    /// The delivery with the last number, and whether the caller has acknowledged it.
    last_delivery: Option<(u64, bool)>,
    /// The numbers whose last delivery the caller has acknowledged.
    acknowledged: [bool; 256],
}

#[derive(Debug, PartialEq)]
enum Expected {
    Notification { is_token: bool },
    Response,
}

impl Model {
    pub(super) fn next_seq(&self) -> u8 {
        self.current.as_ref().map_or(0, |current| current.last_seq.wrapping_add(1))
    }

    pub(super) fn is_up(&self) -> bool {
        self.current.is_some()
    }

    pub(super) fn tokens(&self) -> &[(Token, u64)] {
        &self.tokens
    }

    pub(super) fn deliveries(&self) -> u64 {
        self.deliveries
    }

    /// The caller has connected or disconnected.
    pub(super) fn end(&mut self) {
        self.current = None;
        self.request = None;
        self.expected = None;
    }

    /// A whole packet has arrived.
    pub(super) fn handle_packet(&mut self, packet: &Packet<'_>) {
        assert_eq!(self.expected, None, "the last packet brought nothing");
        let Some(current) = &mut self.current else { return };
        let Packet { control, packet_type, seq, .. } = *packet;
        if packet_type == PacketType::Notification && !control.is_response() {
            let is_token = control.is_reliable() && current.is_in_order(seq);
            if !control.is_reliable() || !current.is_repeat(seq) {
                self.expected = Some(Expected::Notification { is_token });
            }
        } else if control.is_response() && self.request == Some((packet_type, seq)) {
            self.expected = Some(Expected::Response);
        }
    }

    pub(super) fn handle_event(&mut self, event: &Event<'_>, last_packet: Option<(Control, u8)>) {
        match event {
            Event::Connected(response) => {
                assert!(self.current.is_none(), "connected twice");
                self.sessions += 1;
                self.current = Some(Current {
                    last_seq: response.mgr_seq_no,
                    last_delivery: None,
                    acknowledged: [false; 256],
                });
            }
            Event::Lost(_) => {
                assert!(self.current.is_some(), "a session lost that was not there");
                self.end();
            }
            Event::Unanswered | Event::Refused(_) => {
                assert!(self.current.is_none(), "a session is there");
            }
            Event::Response(_) => {
                assert_eq!(self.expected.take(), Some(Expected::Response));
                self.request = None;
            }
            Event::Notification { token, .. } => {
                let expected = Expected::Notification { is_token: token.is_some() };
                assert_eq!(self.expected.take(), Some(expected));
                self.deliveries += 1;
                if let Some(token) = *token {
                    let (control, seq) = last_packet.expect("a notification from no packet");
                    assert!(control.is_reliable());
                    self.tokens.push((token, self.deliveries));
                    let current = self.current.as_mut().expect("a token without a session");
                    current.last_seq = seq;
                    current.last_delivery = Some((self.deliveries, false));
                    current.acknowledged[usize::from(seq)] = false;
                }
            }
            other => panic!("{other:?} is not known to this model"),
        }
    }

    /// Everything that the last packet brings has been polled.
    pub(super) fn assert_nothing_expected(&self) {
        assert_eq!(self.expected, None, "the last packet brought nothing");
    }

    /// The caller has acknowledged this delivery.
    pub(super) fn handle_acknowledgement(&mut self, delivery: u64, accepted: bool) {
        if let Some(current) = &mut self.current
            && let Some((last, is_acknowledged)) = &mut current.last_delivery
            && *last == delivery
        {
            assert!(accepted, "the token of the last delivery is refused");
            *is_acknowledged = true;
            current.acknowledged[usize::from(current.last_seq)] = true;
        } else {
            assert!(!accepted, "the token of another delivery is taken");
        }
    }

    /// The session sends this packet.
    pub(super) fn assert_may_transmit(&mut self, packet: &Packet<'_>) {
        let Packet { control, packet_type, seq, body } = *packet;
        match packet_type {
            PacketType::Hello => {
                assert!(self.current.is_none(), "hello in a session");
                assert_eq!((control, seq, body.len()), (Control::BEST_EFFORT, 0, 3));
                self.last_hello = body[1];
            }
            PacketType::Notification => {
                assert_eq!((control, body), (Control::RESPONSE, &[0][..]));
                let current = self.current.as_ref().expect("acknowledgement without a session");
                assert!(current.acknowledged[usize::from(seq)], "not acknowledged by the caller");
            }
            _ => {
                assert_eq!(control, Control::RELIABLE);
                assert!(self.current.is_some(), "request without a session");
                let (requested, request_seq) = self.request.expect("request not asked for");
                assert_eq!((packet_type, seq), (requested, request_seq));
            }
        }
    }
}

impl Current {
    /// The last number once more, of a notification that this session has delivered.
    fn is_repeat(&self, seq: u8) -> bool {
        seq == self.last_seq && self.last_delivery.is_some()
    }

    /// The next number; or the last one, of a notification that an earlier session had.
    fn is_in_order(&self, seq: u8) -> bool {
        seq == self.last_seq.wrapping_add(1)
            || (seq == self.last_seq && self.last_delivery.is_none())
    }
}
