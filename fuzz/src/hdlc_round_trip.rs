//! What the encoder makes of payloads, the decoder turns into the same payloads, in their order.
//!
//! Input: `| length (1) | payload (length) |`, repeated.

use hdlc_core::{BufferTooSmall, Decoder, Encoder, FCS_LEN, FLAG, FrameError, fcs16, max_wire_len};

use crate::naive_hdlc;
use crate::script::Script;

const CAPACITY: usize = 128;

/// Panics if the property does not hold for `data`.
pub fn check(data: &[u8]) {
    let mut script = Script::new(data);
    let mut decoder = Decoder::<CAPACITY>::new();
    while !script.is_empty() {
        let payload = script.counted();
        let frame = emitted(payload);
        let expected = match payload.len() + FCS_LEN {
            FCS_LEN => Err(FrameError::TooShort { found: FCS_LEN }),
            0..=CAPACITY => Ok(payload),
            _ => Err(FrameError::TooLong { capacity: CAPACITY }),
        };
        let fed = decoder.feed(&frame);
        assert_eq!(fed.outcome, Some(expected));
        if fed.consumed < frame.len() {
            assert_eq!(expected, Err(FrameError::TooLong { capacity: CAPACITY }));
            let rest = &frame[fed.consumed..];
            let fed = decoder.feed(rest);
            assert_eq!((fed.consumed, fed.outcome), (rest.len(), None));
        }
    }
}

fn emitted(payload: &[u8]) -> Vec<u8> {
    assert_eq!(fcs16(payload), naive_hdlc::fcs16(payload));
    let encoder = Encoder::new(payload);
    let needed = encoder.buffer_len();
    assert!(needed <= max_wire_len(payload.len()));
    let mut frame = vec![0; needed];
    let too_small = encoder.emit(&mut frame[1..]);
    assert_eq!(too_small, Err(BufferTooSmall { needed }));
    assert_eq!(encoder.emit(&mut frame), Ok(needed));
    assert!(encoder.eq(frame.iter().copied()), "octet by octet it is another frame");
    let flags: Vec<usize> = (0..needed).filter(|&index| frame[index] == FLAG).collect();
    assert_eq!(flags, [0, needed - 1]);
    frame
}
