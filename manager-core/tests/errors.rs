//! What errors say to people.

use std::collections::BTreeSet;

use manager_core::session::{LostReason, RequestError, StaleToken};
use manager_core::{EmitError, PacketType, ParseError, ResponseCode, SuccessCode};

#[test]
fn errors_say_what_was_expected_and_what_was_found() {
    let texts = [
        (
            ParseError::TooShort { expected: 4, found: 3 }.to_string(),
            "message too short: expected at least 4 octets, found 3",
        ),
        (
            ParseError::LengthMismatch { declared: 9, found: 1 }.to_string(),
            "length mismatch: the header declares 9 octets, found 1",
        ),
        (
            EmitError::BufferTooSmall { needed: 8 }.to_string(),
            "buffer too small: the message takes 8 octets",
        ),
        (
            EmitError::BodyTooLong { found: 256 }.to_string(),
            "body too long: 256 octets where a header declares at most 255",
        ),
        (RequestError::NotConnected.to_string(), "there is no session"),
        (RequestError::Busy.to_string(), "another request waits for its response"),
        (
            RequestError::TooLong { expected: 122, found: 123 }.to_string(),
            "request too long: expected at most 122 octets, found 123",
        ),
        (StaleToken.to_string(), "the session of this notification is over"),
    ];
    for (text, expected) in texts {
        assert_eq!(text, expected);
    }
}

#[test]
fn the_end_of_a_session_says_why() {
    let texts = [
        (LostReason::ManagerHello, "the manager has rebooted or given the client up"),
        (
            LostReason::UnexpectedHelloResponse,
            "the manager has begun a session that was not asked for",
        ),
        (
            LostReason::SequenceGap { expected: 2, found: 4 },
            "notifications are missing: expected number 2, found 4",
        ),
        (LostReason::NoResponse(PacketType::GetTime), "the manager has not answered GetTime"),
    ];
    for (reason, expected) in texts {
        assert_eq!(reason.to_string(), expected);
    }
}

#[test]
fn every_response_code_has_a_name_of_its_own() {
    let names: BTreeSet<_> =
        (0..=u8::MAX).map(|octet| ResponseCode::from(octet).to_string()).collect();
    assert_eq!(names.len(), 256);
    assert_eq!(ResponseCode::NotFound.to_string(), "not found");
    assert_eq!(ResponseCode::Unknown(99).to_string(), "unknown response code 99");
}

#[test]
fn every_success_code_has_a_name_of_its_own() {
    let names: BTreeSet<_> =
        (0..=u8::MAX).map(|octet| SuccessCode::from(octet).to_string()).collect();
    assert_eq!(names.len(), 256);
    assert_eq!(SuccessCode::UnsupportedVersion.to_string(), "unsupported version");
    assert_eq!(SuccessCode::Unknown(9).to_string(), "unknown success code 9");
}
