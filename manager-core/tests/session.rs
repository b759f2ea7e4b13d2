//! The session against a manager that is played line by line.

use core::time::Duration;

use hdlc_core::{Decoder, Encoder};
use manager_core::session::{
    Counters, Event, Instant, LostReason, RequestError, Session, StaleToken, Token, WIRE_BUFFER_LEN,
};
use manager_core::{
    Control, HelloResponse, Notification, NotificationMask, Packet, PacketType, ParseError,
    Request, Response, ResponseCode, SendData, Subscribe, SuccessCode,
};

/// A session, its clock, and what it has said.
struct Rig {
    session: Session,
    now: Instant,
}

/// An event, without what it borrows.
#[derive(Debug, PartialEq)]
enum Said {
    Connected,
    Lost(LostReason),
    Unanswered,
    Refused(SuccessCode),
    Notification(Option<Token>),
    FaultyNotification(ParseError, Option<Token>),
    Response(PacketType),
    FaultyResponse(ParseError),
}

const SUBSCRIBE: Request<'_> = Request::Subscribe(Subscribe {
    filter: NotificationMask::DATA,
    unack_filter: NotificationMask::NONE,
});

impl Rig {
    fn new() -> Self {
        Self { session: Session::new(), now: Instant::from_millis(1000) }
    }

    /// A rig whose session is up; the manager has used `mgr_seq_no`.
    fn connected(mgr_seq_no: u8) -> Self {
        let mut rig = Self::new();
        rig.session.connect(rig.now);
        rig.grant(mgr_seq_no);
        rig
    }

    /// Answers the session's hello.
    fn grant(&mut self, mgr_seq_no: u8) {
        let hello = self.transmitted();
        assert_eq!(hello[..4], [0, 1, 0, 3], "a hello");
        let said = self.hello_response(0, mgr_seq_no, hello[5]);
        assert_eq!(said.last(), Some(&Said::Connected));
    }

    fn hello_response(&mut self, code: u8, mgr_seq_no: u8, cli_seq_no: u8) -> Vec<Said> {
        self.hear(0, PacketType::HelloResponse, 0, &[code, 4, mgr_seq_no, cli_seq_no, 0])
    }

    fn manager_hello(&mut self) -> Vec<Said> {
        self.hear(0, PacketType::ManagerHello, 0, &[4, 0])
    }

    fn notification(&mut self, seq: u8) -> Vec<Said> {
        self.hear(2, PacketType::Notification, seq, &[1, 0, 0, 0, 0, 1])
    }

    /// The manager sends a packet.
    fn hear(&mut self, control: u8, packet_type: PacketType, seq: u8, body: &[u8]) -> Vec<Said> {
        let packet = Packet { control: Control::from(control), packet_type, seq, body };
        let mut payload = [0; 128];
        let len = packet.emit(&mut payload).expect("the packet is small");
        let wire: Vec<u8> = Encoder::new(&payload[..len]).collect();
        self.hear_octets(&wire)
    }

    fn hear_octets(&mut self, mut wire: &[u8]) -> Vec<Said> {
        let mut said = Vec::new();
        while !wire.is_empty() {
            let consumed = self.session.handle_bytes(self.now, wire);
            wire = &wire[consumed..];
            said.extend(self.said());
        }
        said
    }

    fn said(&mut self) -> Vec<Said> {
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
                Event::Response(Ok(response)) => Said::Response(response.packet_type()),
                Event::Response(Err(error)) => Said::FaultyResponse(error),
            });
        }
        said
    }

    /// The payload of the one frame that the session wants to send.
    fn transmitted(&mut self) -> Vec<u8> {
        let mut transmitted = self.all_transmitted();
        assert_eq!(transmitted.len(), 1, "{transmitted:x?}");
        transmitted.remove(0)
    }

    fn all_transmitted(&mut self) -> Vec<Vec<u8>> {
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
    fn wait(&mut self) -> u64 {
        let deadline = self.session.poll_timeout().expect("the session waits");
        let waited = deadline.saturating_duration_since(self.now);
        self.now = deadline;
        self.session.handle_timeout(self.now);
        u64::try_from(waited.as_millis()).expect("not for ever")
    }

    fn token(&mut self, seq: u8) -> Token {
        match self.notification(seq)[..] {
            [Said::Notification(Some(token))] => token,
            ref other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_hello_is_granted() {
    let mut rig = Rig::new();
    assert_eq!(rig.session.poll_timeout(), None, "without a link there is nothing to wait for");
    rig.session.connect(rig.now);
    assert!(!rig.session.is_connected());
    let hello = rig.transmitted();
    assert_eq!(hello, [0, 1, 0, 3, 4, 0, 0]);
    assert_eq!(rig.hello_response(0, 17, 0), [Said::Connected]);
    assert!(rig.session.is_connected() && rig.session.is_ready());
    assert_eq!(rig.session.counters().sessions, 1);
    assert_eq!(rig.session.poll_timeout(), None);
}

#[test]
fn an_unanswered_hello_is_sent_again_with_another_number_each_time() {
    let mut rig = Rig::new();
    rig.session.connect(rig.now);
    let mut numbers = vec![rig.transmitted()[5]];
    for _ in 0..5 {
        assert_eq!(rig.wait(), 500);
        assert_eq!(rig.said(), []);
        numbers.push(rig.transmitted()[5]);
    }
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
    // From now on less often, and for ever.
    for interval in [500, 5000, 5000, 5000] {
        assert_eq!(rig.wait(), interval);
        assert_eq!(rig.said(), [Said::Unanswered]);
        numbers.push(rig.transmitted()[5]);
    }
    assert_eq!(numbers[6..], [6, 7, 8, 9]);
    assert_eq!(rig.hello_response(0, 0, 9), [Said::Connected]);
}

#[test]
fn a_late_answer_to_an_earlier_hello_is_ignored() {
    let mut rig = Rig::new();
    rig.session.connect(rig.now);
    let first = rig.transmitted()[5];
    rig.wait();
    let second = rig.transmitted()[5];
    assert_eq!(rig.hello_response(0, 3, first), []);
    assert!(!rig.session.is_connected());
    assert_eq!(rig.session.counters().unexpected, 1);
    assert_eq!(rig.hello_response(0, 4, second), [Said::Connected]);
}

#[test]
fn a_refused_hello_is_reported_and_tried_again_later() {
    let mut rig = Rig::new();
    rig.session.connect(rig.now);
    rig.transmitted();
    let refused = Said::Refused(SuccessCode::UnsupportedVersion);
    assert_eq!(rig.hello_response(1, 0, 0), [refused]);
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
    assert_eq!(rig.wait(), 5000);
    rig.said();
    rig.grant(0);
}

#[test]
fn a_manager_hello_does_not_hasten_a_hello_that_is_under_way() {
    let mut rig = Rig::new();
    rig.session.connect(rig.now);
    rig.transmitted();
    assert_eq!(rig.manager_hello(), []);
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_manager_hello_ends_the_wait_for_a_silent_manager() {
    let mut rig = Rig::new();
    rig.session.connect(rig.now);
    while rig.said() != [Said::Unanswered] {
        rig.all_transmitted();
        rig.wait();
    }
    rig.all_transmitted();
    assert_eq!(rig.manager_hello(), []);
    rig.grant(0);
}

#[test]
fn a_request_is_numbered_after_the_hello_and_its_response_delivered() {
    let mut rig = Rig::connected(0);
    for seq in [1, 2, 3] {
        rig.session.request(rig.now, &Request::GetTime).expect("the session is ready");
        assert!(!rig.session.is_ready());
        assert_eq!(rig.transmitted(), [2, 0x17, seq, 0]);
        let said = rig.hear(1, PacketType::GetTime, seq, &[0; 24]);
        assert_eq!(said, [Said::Response(PacketType::GetTime)]);
        assert_eq!(rig.session.poll_timeout(), None);
    }
}

#[test]
fn an_unanswered_request_is_repeated_with_its_number_and_then_ends_the_session() {
    let mut rig = Rig::connected(0);
    rig.session.request(rig.now, &SUBSCRIBE).expect("the session is ready");
    let request = rig.transmitted();
    for _ in 0..5 {
        assert_eq!(rig.wait(), 500);
        assert_eq!(rig.transmitted(), request);
    }
    assert_eq!(rig.wait(), 500);
    assert_eq!(rig.said(), [Said::Lost(LostReason::NoResponse(PacketType::Subscribe))]);
    rig.grant(0);
    assert!(rig.session.is_ready(), "the request went with its session");
}

#[test]
fn only_the_response_to_the_request_counts() {
    let mut rig = Rig::connected(0);
    assert_eq!(rig.hear(1, PacketType::GetTime, 1, &[0; 24]), [], "nothing was requested");
    rig.session.request(rig.now, &Request::GetTime).expect("the session is ready");
    rig.transmitted();
    assert_eq!(rig.hear(1, PacketType::GetTime, 0, &[0; 24]), [], "another number");
    assert_eq!(rig.hear(1, PacketType::Subscribe, 1, &[0]), [], "another command");
    assert_eq!(rig.hear(0, PacketType::GetTime, 1, &[0; 24]), [], "not a response");
    assert_eq!(rig.session.counters().unexpected, 4);
    let said = rig.hear(1, PacketType::GetTime, 1, &[0; 24]);
    assert_eq!(said, [Said::Response(PacketType::GetTime)]);
}

#[test]
fn a_refused_or_faulty_response_is_the_callers_to_judge() {
    let mut rig = Rig::connected(0);
    rig.session.request(rig.now, &Request::GetTime).expect("the session is ready");
    let packet = [1, 0x17, 1, 1, 18];
    let wire: Vec<u8> = Encoder::new(&packet).collect();
    assert_eq!(rig.session.handle_bytes(rig.now, &wire), wire.len());
    let refused =
        Response::Refused { packet_type: PacketType::GetTime, code: ResponseCode::NotFound };
    assert_eq!(rig.session.poll_event(), Some(Event::Response(Ok(refused))));

    rig.session.request(rig.now, &Request::GetTime).expect("the session is ready");
    let said = rig.hear(1, PacketType::GetTime, 2, &[0; 3]);
    assert_eq!(said, [Said::FaultyResponse(ParseError::TooShort { expected: 5, found: 3 })]);
    assert!(rig.session.is_ready());
}

#[test]
fn requests_that_cannot_be_made_say_why() {
    let mut rig = Rig::new();
    assert_eq!(rig.session.request(rig.now, &SUBSCRIBE), Err(RequestError::NotConnected));
    rig.session.connect(rig.now);
    assert_eq!(rig.session.request(rig.now, &SUBSCRIBE), Err(RequestError::NotConnected));
    rig.grant(0);
    let mac_address = manager_core::MacAddress::BROADCAST;
    let send = |data| {
        let (priority, src_port, dst_port, options) = (0, 0xf0b9, 0xf0b9, 0);
        Request::SendData(SendData { mac_address, priority, src_port, dst_port, options, data })
    };
    let too_long = RequestError::TooLong { expected: 122, found: 123 };
    assert_eq!(rig.session.request(rig.now, &send(&[0; 109])), Err(too_long));
    assert_eq!(rig.session.request(rig.now, &send(&[0x7e; 108])), Ok(()));
    assert_eq!(rig.session.request(rig.now, &SUBSCRIBE), Err(RequestError::Busy));
    assert_eq!(rig.transmitted().len(), 126, "the longest request still fits the wire");
}

#[test]
fn a_notification_is_acknowledged_on_the_callers_word_only() {
    let mut rig = Rig::connected(41);
    let token = rig.token(42);
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
    assert_eq!(rig.session.acknowledge(token), Ok(()));
    assert_eq!(rig.transmitted(), [1, 0x14, 42, 1, 0]);
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new(), "once");
}

#[test]
fn a_repeat_is_not_delivered_and_acknowledged_only_if_the_first_was() {
    let mut rig = Rig::connected(0);
    let token = rig.token(1);
    assert_eq!(rig.notification(1), []);
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
    assert_eq!(rig.session.acknowledge(token), Ok(()));
    rig.transmitted();
    assert_eq!(rig.notification(1), []);
    assert_eq!(rig.transmitted(), [1, 0x14, 1, 1, 0]);
    assert_eq!(rig.session.counters().repeats, 2);
    assert_eq!(rig.session.counters().notifications, 1);
}

#[test]
fn numbers_wrap_around() {
    let mut rig = Rig::connected(254);
    for seq in [255, 0, 1] {
        let token = rig.token(seq);
        assert_eq!(rig.session.acknowledge(token), Ok(()));
        assert_eq!(rig.transmitted()[2], seq);
    }
}

#[test]
fn a_token_is_not_that_of_the_notification_256_later() {
    let mut rig = Rig::connected(10);
    let first = rig.token(11);
    rig.session.acknowledge(first).expect("it is the last one");
    rig.all_transmitted();
    for seq in (12..=255).chain(0..=10) {
        let token = rig.token(seq);
        rig.session.acknowledge(token).expect("it is the last one");
        rig.all_transmitted();
    }
    let last = rig.token(11);
    assert_eq!(rig.session.acknowledge(first), Err(StaleToken));
    assert_eq!(rig.all_transmitted(), [[0_u8; 0]; 0]);
    assert_eq!(rig.session.acknowledge(last), Ok(()));
}

#[test]
fn a_gap_delivers_what_came_and_starts_over() {
    let mut rig = Rig::connected(0);
    let token = rig.token(1);
    let lost = LostReason::SequenceGap { expected: 2, found: 4 };
    assert_eq!(rig.notification(4), [Said::Notification(None), Said::Lost(lost)]);
    assert_eq!(rig.session.acknowledge(token), Err(StaleToken));
    assert_eq!(rig.session.counters().sequence_gaps, 1);
    rig.grant(4);
    rig.token(5);
}

#[test]
fn what_an_earlier_session_left_unacknowledged_is_delivered_not_just_acknowledged() {
    let mut rig = Rig::connected(0);
    let stale = rig.token(1);
    rig.manager_hello();
    rig.grant(1);
    let token = rig.token(1);
    assert_eq!(rig.session.acknowledge(stale), Err(StaleToken));
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
    assert_eq!(rig.session.acknowledge(token), Ok(()));
    assert_eq!(rig.transmitted(), [1, 0x14, 1, 1, 0]);
}

#[test]
fn a_best_effort_notification_is_delivered_whatever_its_number() {
    let mut rig = Rig::connected(0);
    for seq in [9, 9, 3] {
        let said = rig.hear(0, PacketType::Notification, seq, &[1, 0, 0, 0, 0, 1]);
        assert_eq!(said, [Said::Notification(None)]);
    }
    rig.token(1);
}

#[test]
fn a_faulty_notification_can_be_acknowledged() {
    let mut rig = Rig::connected(0);
    let said = rig.hear(2, PacketType::Notification, 1, &[4, 0]);
    let [Said::FaultyNotification(_, Some(token))] = said[..] else { panic!("{said:?}") };
    assert_eq!(rig.session.acknowledge(token), Ok(()));
    assert_eq!(rig.transmitted(), [1, 0x14, 1, 1, 0]);
}

#[test]
fn a_manager_hello_in_a_session_starts_over() {
    let mut rig = Rig::connected(0);
    let token = rig.token(1);
    assert_eq!(rig.session.acknowledge(token), Ok(()));
    assert_eq!(rig.manager_hello(), [Said::Lost(LostReason::ManagerHello)]);
    assert_eq!(rig.session.acknowledge(token), Err(StaleToken));
    rig.grant(0);
    assert_eq!(rig.session.counters().sessions, 2);
}

#[test]
fn a_hello_response_in_a_session_starts_over() {
    let mut rig = Rig::connected(0);
    let lost = Said::Lost(LostReason::UnexpectedHelloResponse);
    assert_eq!(rig.hello_response(0, 0, 77), [lost]);
    rig.grant(0);
}

#[test]
fn without_a_session_notifications_are_neither_delivered_nor_acknowledged() {
    let mut rig = Rig::new();
    assert_eq!(rig.notification(1), []);
    rig.session.connect(rig.now);
    assert_eq!(rig.notification(1), []);
    assert_eq!(rig.transmitted()[1], 1, "nothing but the hello");
    assert_eq!(rig.session.counters().unexpected, 2);
}

#[test]
fn a_lost_link_takes_the_session_with_it() {
    let mut rig = Rig::connected(0);
    let token = rig.token(1);
    rig.session.request(rig.now, &SUBSCRIBE).expect("the session is ready");
    rig.session.disconnect();
    assert!(!rig.session.is_connected());
    assert_eq!(rig.session.acknowledge(token), Err(StaleToken));
    assert_eq!(rig.session.poll_timeout(), None);
    assert_eq!(rig.all_transmitted(), Vec::<Vec<u8>>::new());
    rig.session.connect(rig.now);
    rig.grant(1);
}

#[test]
fn events_hold_back_further_octets_until_they_are_polled() {
    let mut rig = Rig::connected(0);
    let wire: Vec<u8> = Encoder::new(&[2, 0x14, 1, 6, 1, 0, 0, 0, 0, 1]).collect();
    assert_eq!(rig.session.handle_bytes(rig.now, &wire), wire.len());
    assert_eq!(rig.session.handle_bytes(rig.now, &wire), 0);
    assert_eq!(rig.said().len(), 1);
    assert_eq!(rig.session.handle_bytes(rig.now, &wire), wire.len());
}

#[test]
fn an_event_lends_the_frame_without_copying() {
    let mut rig = Rig::connected(0);
    let wire: Vec<u8> = Encoder::new(&[0, 0x14, 1, 4, 9, 1, 2, 3]).collect();
    assert_eq!(rig.session.handle_bytes(rig.now, &wire), wire.len());
    let unknown = Notification::Unknown { notification_type: 9, fields: &[1, 2, 3] };
    let expected = Event::Notification { notification: Ok(unknown), token: None };
    assert_eq!(rig.session.poll_event(), Some(expected));
}

#[test]
fn good_frames_that_hold_no_packet_are_counted() {
    let mut rig = Rig::connected(0);
    for payload in [&[0][..], &[2, 0x14, 1, 9, 1], &[0, 2, 0, 1, 0]] {
        let wire: Vec<u8> = Encoder::new(payload).collect();
        assert_eq!(rig.hear_octets(&wire), []);
    }
    let counters = rig.session.counters();
    assert_eq!(counters, Counters { sessions: 1, malformed: 3, ..Counters::default() });
    assert_eq!(rig.session.line_counters().frames, 4);
}

#[test]
fn what_connected_carries_is_the_managers_answer() {
    let mut rig = Rig::new();
    rig.session.connect(rig.now);
    let wire: Vec<u8> = Encoder::new(&[0, 2, 0, 5, 0, 4, 9, 0, 0]).collect();
    assert_eq!(rig.session.handle_bytes(rig.now, &wire), wire.len());
    let success_code = SuccessCode::Ok;
    let response =
        HelloResponse { success_code, version: 4, mgr_seq_no: 9, cli_seq_no: 0, mode: 0 };
    assert_eq!(rig.session.poll_event(), Some(Event::Connected(response)));
}

#[test]
fn a_moment_that_cannot_be_expressed_never_comes() {
    let last = Instant::from_millis(u64::MAX);
    assert_eq!(last + Duration::from_secs(1), last);
    assert_eq!(Instant::from_millis(5).saturating_duration_since(last), Duration::ZERO);
    assert_eq!(Instant::from_millis(5).as_millis(), 5);
}
