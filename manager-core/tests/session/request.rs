//! Requests and their responses.

use hdlc_core::{Encoder, max_wire_len};
use manager_core::session::{Event, LostReason, RequestError, WIRE_BUFFER_LEN};
use manager_core::{PacketType, ParseError, Request, Response, ResponseCode, SendData};

use crate::rig::{Rig, SUBSCRIBE, Said};

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
    let Some(Event::Response(response)) = rig.session.poll_event() else { panic!("no response") };
    assert_eq!(response.fields(), Err(ResponseCode::NotFound));
    assert_eq!(response.parse(), Ok(refused));

    rig.session.request(rig.now, &Request::GetTime).expect("the session is ready");
    let said = rig.hear(1, PacketType::GetTime, 2, &[0; 3]);
    assert_eq!(said, [Said::FaultyResponse(ParseError::TooShort { expected: 24, found: 3 })]);
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
    assert_eq!(WIRE_BUFFER_LEN, max_wire_len(126), "which has room for it, and no more");
}
