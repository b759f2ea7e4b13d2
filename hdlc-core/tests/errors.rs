//! What errors say to people.

use hdlc_core::{BufferTooSmall, FrameError};

#[test]
fn errors_say_what_was_expected_and_what_was_found() {
    let texts = [
        (
            FrameError::BadFcs { expected: 0xab, found: 0x1234 },
            "bad FCS: expected 0x00ab, found 0x1234",
        ),
        (FrameError::TooShort { found: 2 }, "frame too short: 2 of at least 3 octets with the FCS"),
        (FrameError::TooLong { capacity: 128 }, "frame too long: more than 126 octets of payload"),
        (FrameError::Aborted, "frame aborted by its sender"),
    ];
    for (error, expected) in texts {
        assert_eq!(error.to_string(), expected);
    }
    let error = BufferTooSmall { needed: 8 };
    assert_eq!(error.to_string(), "buffer too small: the frame takes 8 octets");
}
