//! The decoder on a noisy line: however the octets are cut into chunks, the frames, the errors and
//! the counters are those of a decoder that reads as the standard does; and whatever came before
//! it, the next good frame comes out.
//!
//! Input: a `Line`, see there.

use hdlc_core::{Counters, Decoder, Encoder, FrameError};

use crate::line::Line;
use crate::naive_hdlc;

type Outcomes = Vec<Result<Vec<u8>, FrameError>>;

/// Panics if the property does not hold for `data`.
pub fn check(data: &[u8]) {
    let line = Line::new(data);
    check_capacity::<128>(&line);
    check_capacity::<16>(&line);
    check_capacity::<3>(&line);
}

fn check_capacity<const N: usize>(line: &Line<'_>) {
    let stream = &line.stream;
    let expected = naive_hdlc::decode(stream, N);
    assert_eq!(decode::<N>([&stream[..]]), expected, "in one chunk");
    assert_eq!(decode::<N>(line.chunks()), expected, "in chunks {:?}", line.chunk_lengths);
    assert_eq!(decode::<N>(stream.chunks(1)), expected, "octet by octet");

    let mut payload = line.chunk_lengths.to_vec();
    payload.truncate(N - 2);
    if payload.is_empty() {
        payload.push(0x7E);
    }
    let good_frame: Vec<u8> = Encoder::new(&payload).collect();
    let (outcomes, counters) = decode::<N>(line.chunks().chain([&good_frame[..]]));
    assert_eq!(outcomes.last(), Some(&Ok(payload)), "the good frame behind it");
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count() as u64, counters.frames);
}

fn decode<'a, const N: usize>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Outcomes, Counters) {
    let mut decoder = Decoder::<N>::new();
    let mut outcomes = Vec::new();
    for chunk in chunks {
        let mut rest = chunk;
        loop {
            let fed = decoder.feed(rest);
            rest = &rest[fed.consumed..];
            let Some(outcome) = fed.outcome else {
                assert!(rest.is_empty(), "octets left over without an outcome");
                break;
            };
            assert_ne!(fed.consumed, 0, "an outcome from no octets");
            outcomes.push(outcome.map(<[u8]>::to_vec));
            let delivered = outcomes.last().and_then(|outcome| outcome.as_ref().ok());
            assert_eq!(decoder.payload(), delivered.map_or(&[][..], |payload| payload));
        }
    }
    (outcomes, decoder.counters())
}
