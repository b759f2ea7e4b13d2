//! The encoder's edges; its frames are covered by the golden vectors.

use hdlc_core::{BufferTooSmall, Encoder, max_wire_len};

#[test]
fn a_buffer_that_is_too_small_is_an_error_that_says_by_how_much() {
    let payload = [0x7e, 0x7d, 1];
    let needed = Encoder::new(&payload).buffer_len();
    for len in 0..needed {
        let emitted = Encoder::new(&payload).emit(&mut vec![0; len]);
        assert_eq!(emitted, Err(BufferTooSmall { needed }), "a buffer of {len}");
    }
    assert_eq!(Encoder::new(&payload).emit(&mut vec![0; needed]), Ok(needed));
}

#[test]
fn no_payload_takes_more_than_max_wire_len() {
    for len in 0..=128 {
        for octet in [0x00, 0x7d, 0x7e] {
            let payload = vec![octet; len];
            assert!(Encoder::new(&payload).buffer_len() <= max_wire_len(len));
        }
    }
    assert_eq!(max_wire_len(usize::MAX), usize::MAX);
}

#[test]
fn emit_starts_at_the_first_octet_even_when_iteration_has_begun() {
    let mut encoder = Encoder::new(b"one");
    assert_eq!(encoder.next(), Some(0x7e));
    let mut buffer = [0; 16];
    assert_eq!(encoder.emit(&mut buffer), Ok(7));
    assert_eq!(buffer[0], 0x7e);
    assert_eq!(encoder.count(), 6);
}
