//! What every message has in common: short ones are refused, longer ones tolerated, none panics.

use manager_core::notification::{Event, EventKind};
use manager_core::{
    EmitError, Hello, HelloResponse, MacAddress, ManagerHello, Notification, NotificationMask,
    PacketType, ParseError, Request, Response, ResponseCode, Subscribe, SystemInfo, TimeInfo,
    UtcTime,
};
use proptest::prelude::*;

/// Asserts that a message of `len` octets needs all of them and ignores more.
fn check<T: PartialEq + core::fmt::Debug>(
    len: usize,
    parse: impl Fn(&'static [u8]) -> Result<T, ParseError>,
) {
    static OCTETS: [u8; 64] = [0; 64];
    for found in 0..len {
        match parse(&OCTETS[..found]) {
            Err(ParseError::TooShort { expected, found: reported }) => {
                assert!((found + 1..=len).contains(&expected));
                assert_eq!(reported, found);
            }
            other => panic!("{found} of {len} octets gave {other:?}"),
        }
    }
    let whole = parse(&OCTETS[..len]);
    assert!(whole.is_ok(), "{whole:?}");
    assert_eq!(parse(&OCTETS[..len + 3]), whole, "trailing octets are ignored");
}

#[test]
fn short_messages_are_refused_and_longer_ones_tolerated() {
    check(3, Hello::parse);
    check(5, HelloResponse::parse);
    check(2, ManagerHello::parse);
    check(8, Subscribe::parse);
    check(23, TimeInfo::parse);
    check(15, SystemInfo::parse);
    check(24, |body| Response::parse(PacketType::GetTime, body));
    check(16, |body| Response::parse(PacketType::GetSystemInfo, body));
    check(5, |body| Response::parse(PacketType::SendData, body));
    check(1, |body| Response::parse(PacketType::Subscribe, body));
}

#[test]
fn a_mask_has_what_was_put_into_it_and_nothing_else() {
    let mask = NotificationMask::DATA | NotificationMask::DATA | NotificationMask::EVENT;
    assert_eq!(mask, NotificationMask(0x12));
    assert!(mask.contains(NotificationMask::DATA) && mask.contains(mask));
    assert!(mask.contains(NotificationMask::NONE));
    assert!(!mask.contains(NotificationMask::LOG));
    assert!(!mask.contains(NotificationMask::DATA | NotificationMask::LOG), "all, not any");
}

#[test]
fn a_manager_hello_comes_back() {
    let hello = ManagerHello { version: 4, mode: 1 };
    let mut body = vec![0; hello.buffer_len()];
    assert_eq!(hello.emit(&mut body), Ok(2));
    assert_eq!(body, [4, 1]);
    assert_eq!(ManagerHello::parse(&body), Ok(hello));
}

#[test]
fn a_refused_command_keeps_its_code() {
    for (code, meaning) in [(18, ResponseCode::NotFound), (99, ResponseCode::Unknown(99))] {
        let refused = Response::Refused { packet_type: PacketType::GetTime, code: meaning };
        assert_eq!(Response::parse(PacketType::GetTime, &[code]), Ok(refused));
    }
}

#[test]
fn unknown_notifications_and_events_keep_their_numbers() {
    let unknown = Notification::Unknown { notification_type: 3, fields: &[1, 2] };
    assert_eq!(Notification::parse(&[3, 1, 2]), Ok(unknown));

    let kind = EventKind::Unknown { event_type: 200, fields: &[9] };
    let event = Notification::Event(Event { event_id: 7, kind });
    assert_eq!(Notification::parse(&[1, 0, 0, 0, 7, 200, 9]), Ok(event));
}

#[test]
fn a_buffer_that_is_too_small_is_an_error_that_says_by_how_much() {
    let subscribe = Request::Subscribe(Subscribe::reliably(Default::default()));
    let event = EventKind::MoteLost(MacAddress([7; 8]));
    let notification = Notification::Event(Event { event_id: 7, kind: event });
    for len in 0..8 {
        let too_small = Err(EmitError::BufferTooSmall { needed: 8 });
        assert_eq!(subscribe.emit(&mut vec![0; len]), too_small);
        let too_small = Err(EmitError::BufferTooSmall { needed: 14 });
        assert_eq!(notification.emit(&mut vec![0; len]), too_small);
    }
}

#[test]
fn the_managers_clock_in_microseconds() {
    let time = UtcTime { secs: 1_025_665_990, usecs: 396_979 };
    assert_eq!(time.as_micros(), 1_025_665_990_396_979);
    assert_eq!(UtcTime::from_micros(1_025_665_990_396_979), time);
    assert_eq!(UtcTime::from_micros(-1), UtcTime { secs: -1, usecs: 999_999 });
    assert_eq!(UtcTime { secs: i64::MAX, usecs: u32::MAX }.as_micros(), i64::MAX);
    assert_eq!(UtcTime { secs: i64::MIN, usecs: 0 }.as_micros(), i64::MIN);
}

#[test]
fn a_mac_is_written_as_everywhere_else() {
    let mac = MacAddress([0x00, 0x17, 0x0d, 0x00, 0x00, 0x30, 0x5d, 0x39]);
    assert_eq!(mac.to_string(), "00-17-0d-00-00-30-5d-39");
    assert_eq!(format!("{mac:?}"), mac.to_string());
}

/// A body of a message whose number is `first`, more often a known one than chance would have it.
fn body(first: core::ops::Range<u8>) -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![first, any::<u8>()];
    (first, proptest::collection::vec(any::<u8>(), 0..60))
        .prop_map(|(first, rest)| [vec![first], rest].concat())
}

/// A packet type, more often a known one than chance would have it.
fn packet_type() -> impl Strategy<Value = PacketType> {
    prop_oneof![0x14..0x4C_u8, any::<u8>()].prop_map(PacketType::from)
}

/// Whether a message of this type has a field that is yes or no, of which only that much is kept.
const fn has_yes_or_no(packet_type: PacketType) -> bool {
    matches!(
        packet_type,
        PacketType::SetNetworkConfig
            | PacketType::GetNetworkConfig
            | PacketType::GetMoteConfig
            | PacketType::GetMoteConfigById
    )
}

proptest! {
    #[test]
    fn what_parses_as_notification_emits_the_same(body in body(0..8)) {
        if let Ok(notification) = Notification::parse(&body) {
            let mut emitted = vec![0; notification.buffer_len()];
            prop_assert_eq!(notification.emit(&mut emitted), Ok(emitted.len()));
            prop_assert_eq!(&emitted, &body[..emitted.len()]);
            prop_assert_eq!(Notification::parse(&emitted), Ok(notification));
        }
    }

    #[test]
    fn what_parses_as_event_emits_the_same(mut body in body(0..17)) {
        body.splice(0..0, [1, 0, 0, 0, 1]);
        if let Ok(notification) = Notification::parse(&body) {
            let mut emitted = vec![0; notification.buffer_len()];
            prop_assert_eq!(notification.emit(&mut emitted), Ok(emitted.len()));
            prop_assert_eq!(&emitted, &body[..emitted.len()]);
        }
    }

    #[test]
    fn what_parses_as_response_emits_the_same(packet_type in packet_type(), body in body(0..1)) {
        if let Ok(response) = Response::parse(packet_type, &body) {
            let mut emitted = vec![0; response.buffer_len()];
            prop_assert_eq!(response.emit(&mut emitted), Ok(emitted.len()));
            if !has_yes_or_no(packet_type) {
                prop_assert_eq!(&emitted, &body[..emitted.len()]);
            }
            prop_assert_eq!(Response::parse(packet_type, &emitted), Ok(response));
        }
    }

    #[test]
    fn what_parses_as_request_emits_the_same(packet_type in packet_type(), body: Vec<u8>) {
        if let Ok(request) = Request::parse(packet_type, &body) {
            let mut emitted = vec![0; request.buffer_len()];
            prop_assert_eq!(request.emit(&mut emitted), Ok(emitted.len()));
            if !has_yes_or_no(packet_type) {
                prop_assert_eq!(&emitted, &body[..emitted.len()]);
            }
            prop_assert_eq!(Request::parse(packet_type, &emitted), Ok(request));
        }
    }
}
