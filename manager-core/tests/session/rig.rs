use hdlc_core::{Decoder, Encoder};
use manager_core::session::{Event, Instant, LostReason, Session, Token, WIRE_BUFFER_LEN};
use manager_core::{
    Control, NotificationMask, Packet, PacketType, ParseError, Request, Subscribe, SuccessCode,
};

/// A session, its clock, and what it has said.
pub(crate) struct Rig {
    pub(crate) session: Session,
    pub(crate) now: Instant,
}

/// An event, without what it borrows.
#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    Connected,
    Lost(LostReason),
    Unanswered,
    Refused(SuccessCode),
    Notification(Option<Token>),
    FaultyNotification(ParseError, Option<Token>),
    Response(PacketType),
    FaultyResponse(ParseError),
}

pub(crate) const SUBSCRIBE: Request<'_> = Request::Subscribe(Subscribe {
    filter: NotificationMask::DATA,
    unack_filter: NotificationMask::NONE,
});

impl Rig {
    pub(crate) fn new() -> Self {
        Self { session: Session::new(), now: Instant::from_millis(1000) }
    }

    /// A rig whose session is up; the manager has used `mgr_seq_no`.
    pub(crate) fn connected(mgr_seq_no: u8) -> Self {
        let mut rig = Self::new();
        rig.session.connect(rig.now);
        rig.grant(mgr_seq_no);
        rig
    }

    /// Answers the session's hello.
    pub(crate) fn grant(&mut self, mgr_seq_no: u8) {
        let hello = self.transmitted();
        assert_eq!(hello[..4], [0, 1, 0, 3], "a hello");
        let said = self.hello_response(0, mgr_seq_no, hello[5]);
        assert_eq!(said.last(), Some(&Said::Connected));
    }

    pub(crate) fn hello_response(&mut self, code: u8, mgr_seq_no: u8, cli_seq_no: u8) -> Vec<Said> {
        self.hear(0, PacketType::HelloResponse, 0, &[code, 4, mgr_seq_no, cli_seq_no, 0])
    }

    pub(crate) fn manager_hello(&mut self) -> Vec<Said> {
        self.hear(0, PacketType::ManagerHello, 0, &[4, 0])
    }

    pub(crate) fn notification(&mut self, seq: u8) -> Vec<Said> {
        self.hear(2, PacketType::Notification, seq, &[1, 0, 0, 0, 0, 1])
    }

    /// The manager sends a packet.
    pub(crate) fn hear(
        &mut self,
        control: u8,
        packet_type: PacketType,
        seq: u8,
        body: &[u8],
    ) -> Vec<Said> {
        let packet = Packet { control: Control::from(control), packet_type, seq, body };
        let mut payload = [0; 128];
        let len = packet.emit(&mut payload).expect("the packet is small");
        let wire: Vec<u8> = Encoder::new(&payload[..len]).collect();
        self.hear_octets(&wire)
    }

    pub(crate) fn hear_octets(&mut self, mut wire: &[u8]) -> Vec<Said> {
        let mut said = Vec::new();
        while !wire.is_empty() {
            let consumed = self.session.handle_bytes(self.now, wire);
            wire = &wire[consumed..];
            said.extend(self.said());
        }
        said
    }

    pub(crate) fn said(&mut self) -> Vec<Said> {
        let mut said = Vec::new();
        while let Some(event) = self.session.poll_event() {
            said.push(match event {
                Event::Connected(_) => Said::Connected,
                Event::Lost(reason) => Said::Lost(reason),
                Event::Unanswered => Said::Unanswered,
                Event::Refused(code) => Said::Refused(code),
                Event::Notification { notification: Ok(_), token } => Said::Notification(token),
                Event::Notification { notification: Err(error), token } => {
                    Said::FaultyNotification(error, token)
                }
                Event::Response(response) => match response.parse() {
                    Ok(response) => Said::Response(response.packet_type()),
                    Err(error) => Said::FaultyResponse(error),
                },
                other => panic!("{other:?} is not known to these tests"),
            });
        }
        said
    }

    /// The payload of the one frame that the session wants to send.
    pub(crate) fn transmitted(&mut self) -> Vec<u8> {
        let mut transmitted = self.all_transmitted();
        assert_eq!(transmitted.len(), 1, "{transmitted:x?}");
        transmitted.remove(0)
    }

    pub(crate) fn all_transmitted(&mut self) -> Vec<Vec<u8>> {
        let mut transmitted = Vec::new();
        let mut buffer = [0; WIRE_BUFFER_LEN];
        while let Some(octets) = self.session.poll_transmit(&mut buffer) {
            let mut decoder = Decoder::<128>::new();
            let opening = decoder.feed(&octets[..1]);
            assert_eq!(opening.outcome, None);
            let fed = decoder.feed(&octets[1..]);
            transmitted.push(fed.outcome.expect("a frame").expect("a good one").to_vec());
        }
        transmitted
    }

    /// Lets the time come for which the session waits, and returns how long that took, in ms.
    pub(crate) fn wait(&mut self) -> u64 {
        let deadline = self.session.poll_timeout().expect("the session waits");
        let waited = deadline.saturating_duration_since(self.now);
        self.now = deadline;
        self.session.handle_timeout(self.now);
        u64::try_from(waited.as_millis()).expect("not for ever")
    }

    pub(crate) fn token(&mut self, seq: u8) -> Token {
        match self.notification(seq)[..] {
            [Said::Notification(Some(token))] => token,
            ref other => panic!("{other:?}"),
        }
    }
}
