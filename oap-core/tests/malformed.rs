//! Octets that are no message, or a damaged one: an error that says what is wrong, never a panic.

#[path = "vectors/golden.rs"]
mod golden;

use oap_core::{Address, Body, Command, Message, Notification, ParseError, Response, ResultCode};
use proptest::collection::vec;
use proptest::prelude::*;

use golden::{octets, vectors};

/// 22.97 °C, as the vendor publishes it.
const SAMPLES: &str = "00000500ff0105000000003d226bc600060eb300007530011008f9";

fn parse_error(hex: &str) -> ParseError {
    Message::parse(&hex::decode(hex).unwrap()).unwrap_err()
}

fn assert_agrees_with_itself(octets: &[u8]) {
    if let Ok(message) = Message::parse(octets) {
        let mut buffer = vec![0; message.buffer_len()];
        assert_eq!(message.emit(&mut buffer), Ok(buffer.len()));
        assert!(buffer.len() <= octets.len());
        assert_eq!(Message::parse(&buffer), Ok(message));
    }
}

#[test]
fn every_prefix_of_every_vector_is_truncated() {
    for entry in vectors("oap_notifications.json") {
        let whole = octets(&entry["oap"]);
        for found in 0..whole.len() {
            match Message::parse(&whole[..found]) {
                Err(ParseError::Truncated { expected, found: reported }) => {
                    assert_eq!(reported, found);
                    assert!(found < expected && expected <= whole.len());
                }
                other => panic!("{found} of {entry}: {other:?}"),
            }
        }
    }
}

#[test]
fn every_changed_octet_of_every_vector_gives_an_error_or_a_message() {
    for entry in vectors("oap_notifications.json") {
        let whole = octets(&entry["oap"]);
        for index in 0..whole.len() {
            let mut changed = whole.clone();
            for octet in 0..=u8::MAX {
                changed[index] = octet;
                assert_agrees_with_itself(&changed);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_octets_give_an_error_or_a_message(octets in vec(any::<u8>(), 0..=128)) {
        assert_agrees_with_itself(&octets);
    }

    #[test]
    fn any_body_gives_an_error_or_a_message(
        control in 0..=7_u8,
        command in 0..=6_u8,
        kind in 0..=5_u8,
        body in vec(prop_oneof![0..=16_u8, Just(0xFF_u8)], 0..=64),
    ) {
        assert_agrees_with_itself(&[&[control, 0, command, kind][..], &body[..]].concat());
    }
}

#[test]
fn octets_behind_a_notification_are_ignored() {
    for entry in vectors("oap_notifications.json") {
        let whole = octets(&entry["oap"]);
        let longer = [&whole[..], &[0xFF, 0x01]].concat();
        assert_eq!(Message::parse(&longer), Message::parse(&whole));
    }
    let change = hex::decode("00000502ff0202000000000000000000000000000101").unwrap();
    let longer = [&change[..], &[0]].concat();
    assert_eq!(Message::parse(&longer), Message::parse(&change));
}

#[test]
fn fewer_samples_than_declared_are_an_error() {
    let declares_two = SAMPLES.replace("011008f9", "021008f9");
    assert_eq!(parse_error(&declares_two), ParseError::Truncated { expected: 29, found: 27 });
    let declares_most = SAMPLES.replace("011008f9", "ff1008f9");
    assert_eq!(parse_error(&declares_most), ParseError::Truncated { expected: 535, found: 27 });
}

#[test]
fn no_samples_are_no_error() {
    let none = hex::decode(SAMPLES.replace("011008f9", "0010")).unwrap();
    let Body::Notification(Notification::Samples(samples)) = Message::parse(&none).unwrap().body
    else {
        panic!("samples expected")
    };
    assert!(samples.values.is_empty());
    assert_eq!(samples.temperatures().count(), 0);
}

#[test]
fn sample_sizes_other_than_8_and_16_bits_are_an_error() {
    for size in [0, 1, 7, 9, 15, 17, 32, 255] {
        let samples = SAMPLES.replace("011008f9", &format!("01{size:02x}08f9"));
        assert_eq!(parse_error(&samples), ParseError::SampleSize { found: size });
        let statistics = samples.replacen("00000500", "00000501", 1);
        assert_eq!(parse_error(&statistics), ParseError::SampleSize { found: size });
    }
}

#[test]
fn an_address_that_goes_beyond_the_end_is_an_error() {
    let beyond = SAMPLES.replace("ff0105", "ff2005");
    assert_eq!(parse_error(&beyond), ParseError::Truncated { expected: 38, found: 27 });
}

#[test]
fn an_address_is_expected_where_it_belongs() {
    for (message, found) in [("00000500000105", 0x00), ("000002010105", 0x01), ("00000104", 0x04)] {
        assert_eq!(parse_error(message), ParseError::AddressExpected { found });
    }
    assert_eq!(parse_error("000001"), ParseError::Truncated { expected: 4, found: 3 });
}

#[test]
fn a_tlv_that_goes_beyond_the_end_is_an_error() {
    assert_eq!(
        parse_error("050002ff01050001010104000027"),
        ParseError::Truncated { expected: 15, found: 14 }
    );
    assert_eq!(parse_error("03000200ff010500"), ParseError::Truncated { expected: 9, found: 8 });
}

#[test]
fn a_response_needs_a_result_and_nothing_more() {
    assert_eq!(parse_error("030002"), ParseError::Truncated { expected: 4, found: 3 });
    let octets = hex::decode("0300020d").unwrap();
    let Body::Response(response) = Message::parse(&octets).unwrap().body else {
        panic!("response expected")
    };
    assert_eq!(response.result, ResultCode::Unknown(13));
    assert_eq!(response.tlvs.iter().count(), 0);
    assert_eq!(response.tlvs.address(), None);
}

/// Responses to "PUT pkgen" and "GET pkgen/echo" that a mote sent, from the vendor's own client.
#[test]
fn responses_of_a_mote() {
    let parse = |hex| hex::decode(hex).unwrap();

    let put = parse("03000200ff01fe");
    let Body::Response(Response { command, result, tlvs }) = Message::parse(&put).unwrap().body
    else {
        panic!("response expected")
    };
    assert_eq!((u8::from(command), result), (2, ResultCode::Ok));
    assert_eq!(tlvs.address(), Some(Address::PkGen));

    let get = parse("03000100ff01fe000400000003");
    let Body::Response(Response { command, tlvs, .. }) = Message::parse(&get).unwrap().body else {
        panic!("response expected")
    };
    assert_eq!(command, Command::from(1));
    assert_eq!(tlvs.find(oap_core::tag::pkgen::ECHO).unwrap().unsigned(), Ok(Some(3)));
}

#[test]
fn unknown_codes_keep_their_numbers_and_octets() {
    let octets = [0xF8, 0x21, 0x77, 1, 2, 3];
    let message = Message::parse(&octets).unwrap();
    assert_eq!(message.body, Body::Unknown { command: 0x77, payload: &[1, 2, 3] });
    assert_eq!((message.control.bits(), message.id.octet()), (0xF8, 0x21));

    let notification = Message::parse(&[0, 0, 5, 0x77, 1, 2, 3]).unwrap();
    let unknown = Notification::Unknown { kind: 0x77, payload: &[1, 2, 3] };
    assert_eq!(notification.body, Body::Notification(unknown));

    let response = Message::parse(&[2, 0, 0x77, 0x66]).unwrap();
    let Body::Response(response) = response.body else { panic!("response expected") };
    assert_eq!(response.command, Command::Unknown(0x77));
    assert_eq!(response.result, ResultCode::Unknown(0x66));
}

#[test]
fn microseconds_above_a_second_carry_instead_of_being_refused() {
    let carried = SAMPLES.replace("00060eb3", "ffffffff");
    let octets = hex::decode(carried).unwrap();
    let Body::Notification(Notification::Samples(samples)) = Message::parse(&octets).unwrap().body
    else {
        panic!("samples expected")
    };
    assert_eq!(samples.timestamp.secs(), 1_025_665_990 + 4294);
    assert_eq!(samples.timestamp.usecs(), 967_295);
}
