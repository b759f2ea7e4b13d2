//! Searching and copying in runs must come to the same as looking at each octet in turn.

use hdlc_core::{BufferTooSmall, Counters, Decoder, Encoder, FrameError, fcs16};
use proptest::collection::vec;
use proptest::prelude::*;

const CAPACITY: usize = 64;

type Outcome = Result<Vec<u8>, FrameError>;

fn decode<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<Outcome>, Counters) {
    let mut decoder = Decoder::<CAPACITY>::new();
    let mut outcomes = Vec::new();
    for mut rest in chunks {
        assert_eq!(decoder.feed(&[]).outcome, None);
        while !rest.is_empty() {
            let fed = decoder.feed(rest);
            outcomes.extend(fed.outcome.map(|outcome| outcome.map(<[u8]>::to_vec)));
            rest = &rest[fed.consumed..];
        }
    }
    (outcomes, decoder.counters())
}

/// The same, octet by octet.
fn naive(line: &[u8]) -> (Vec<Outcome>, Counters) {
    let (mut outcomes, mut counters) = (Vec::new(), Counters::default());
    let mut frame: Option<Vec<u8>> = None;
    let mut escaped = false;
    for &octet in line {
        let content = match (&mut frame, octet) {
            (None, 0x7e) => {
                frame = Some(Vec::new());
                continue;
            }
            (None, _) => {
                counters.skipped_octets += 1;
                continue;
            }
            (Some(content), 0x7d) if !escaped => {
                escaped = content.len() <= CAPACITY;
                continue;
            }
            (Some(content), octet) => {
                if octet != 0x7e {
                    content.push(if escaped { octet ^ 0x20 } else { octet });
                    escaped = false;
                    if content.len() <= CAPACITY {
                        continue;
                    }
                }
                core::mem::take(content)
            }
        };
        let outcome = match content.split_last_chunk() {
            _ if content.len() > CAPACITY => {
                frame = None;
                counters.too_long += 1;
                Err(FrameError::TooLong { capacity: CAPACITY })
            }
            _ if escaped => {
                counters.aborted += 1;
                Err(FrameError::Aborted)
            }
            _ if content.is_empty() => continue,
            Some((payload, &fcs)) if !payload.is_empty() => {
                let (expected, found) = (fcs16(payload), u16::from_le_bytes(fcs));
                if expected == found {
                    counters.frames += 1;
                    Ok(payload.to_vec())
                } else {
                    counters.bad_fcs += 1;
                    Err(FrameError::BadFcs { expected, found })
                }
            }
            _ => {
                counters.too_short += 1;
                Err(FrameError::TooShort { found: content.len() })
            }
        };
        escaped = false;
        outcomes.push(outcome);
    }
    (outcomes, counters)
}

/// Payloads with escapes far from each other, near, and side by side.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let run = prop_oneof![vec(any::<u8>(), 0..70), vec(0x7cu8..0x80, 0..20)];
    vec(run, 1..5).prop_map(|runs| runs.concat())
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let frame = payload().prop_map(|payload| Encoder::new(&payload).collect());
    vec(prop_oneof![4 => frame, 1 => payload()], 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn decoding_is_as_octet_by_octet(line in line(), chunk in 1..100_usize) {
        let expected = naive(&line);
        prop_assert_eq!(decode(line.chunks(4096)), expected.clone());
        prop_assert_eq!(decode(line.chunks(chunk)), expected);
    }

    #[test]
    fn emitting_is_as_octet_by_octet(payload in payload(), short in 0..400_usize) {
        let expected: Vec<u8> = Encoder::new(&payload).collect();
        let mut buffer = vec![0; expected.len() + 1];
        prop_assert_eq!(Encoder::new(&payload).emit(&mut buffer), Ok(expected.len()));
        prop_assert_eq!(&buffer[..expected.len()], &expected);
        let short = short % expected.len();
        let too_small = Err(BufferTooSmall { needed: expected.len() });
        prop_assert_eq!(Encoder::new(&payload).emit(&mut buffer[..short]), too_small);
    }
}
