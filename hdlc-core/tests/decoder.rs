//! What a line does to a decoder: noise, faults, and any way of cutting it into chunks.

use hdlc_core::{Counters, Decoder, Encoder, FrameError, MIN_FRAME_LEN, fcs16};
use proptest::prelude::*;

type Outcome = Result<Vec<u8>, FrameError>;

/// Everything that comes out of a decoder of 16 octets, in order.
fn outcomes<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Outcome>, Counters) {
    let mut decoder = Decoder::<16>::new();
    let mut outcomes = Vec::new();
    for mut rest in chunks {
        while !rest.is_empty() {
            let fed = decoder.feed(rest);
            assert!(fed.consumed > 0, "feeding octets makes progress");
            outcomes.extend(fed.outcome.map(|outcome| outcome.map(<[u8]>::to_vec)));
            rest = &rest[fed.consumed..];
        }
    }
    (outcomes, decoder.counters())
}

fn decode(line: &[u8]) -> Vec<Outcome> {
    outcomes([line]).0
}

fn frame(payload: &[u8]) -> Vec<u8> {
    Encoder::new(payload).collect()
}

#[test]
fn one_flag_closes_a_frame_and_opens_the_next() {
    let mut line = frame(b"one");
    line.pop();
    line.extend(frame(b"two"));
    assert_eq!(decode(&line), [Ok(b"one".to_vec()), Ok(b"two".to_vec())]);
}

#[test]
fn flags_between_frames_mean_nothing() {
    let line = [&[0x7e; 5][..], &frame(b"one"), &[0x7e; 3], &frame(b"two")].concat();
    let (outcomes, counters) = outcomes([&line[..]]);
    assert_eq!(outcomes, [Ok(b"one".to_vec()), Ok(b"two".to_vec())]);
    assert_eq!(counters, Counters { frames: 2, ..Counters::default() });
}

#[test]
fn a_line_that_starts_within_a_frame_gives_the_next_one() {
    let line = [&frame(b"lost")[3..], &frame(b"found")].concat();
    assert_eq!(decode(&line), [Ok(b"found".to_vec())]);
}

#[test]
fn any_octet_may_be_escaped() {
    let mut line = vec![0x7e];
    for octet in b"one".iter().chain(&fcs16(b"one").to_le_bytes()) {
        line.extend([0x7d, octet ^ 0x20]);
    }
    line.push(0x7e);
    assert_eq!(decode(&line), [Ok(b"one".to_vec())]);
}

#[test]
fn an_escape_as_first_octet_of_a_frame_is_an_escape() {
    assert_eq!(decode(&frame(&[0x7d])), [Ok(vec![0x7d])]);
    assert_eq!(decode(&frame(&[0x7e])), [Ok(vec![0x7e])]);
}

#[test]
fn a_frame_shorter_than_its_fcs_does_not_underflow() {
    for content in [&[0x00][..], &[0xff], &[0x12, 0x34]] {
        let line = [&[0x7e], content, &[0x7e]].concat();
        assert_eq!(decode(&line), [Err(FrameError::TooShort { found: content.len() })]);
    }
}

#[test]
fn a_frame_of_nothing_but_a_good_fcs_is_not_delivered() {
    let empty = frame(b"");
    assert_eq!(empty, [0x7e, 0, 0, 0x7e], "the FCS of nothing is 0");
    assert_eq!(decode(&empty), [Err(FrameError::TooShort { found: 2 })]);
}

#[test]
fn a_bad_frame_does_not_poison_the_next_ones() {
    let mut line = frame(b"broken");
    line[2] ^= 1;
    for _ in 0..100 {
        line.extend(frame(b"good"));
    }
    let outcomes = decode(&line);
    assert!(matches!(outcomes[0], Err(FrameError::BadFcs { .. })));
    assert_eq!(outcomes[1..], vec![Ok(b"good".to_vec()); 100]);
}

#[test]
fn a_bad_fcs_says_what_was_expected_and_found() {
    let line = [0x7e, b'1', b'2', b'3', 0x34, 0x12, 0x7e];
    let expected = fcs16(b"123");
    assert_eq!(decode(&line), [Err(FrameError::BadFcs { expected, found: 0x1234 })]);
}

#[test]
fn an_aborted_frame_is_counted_and_the_next_one_good() {
    let line = [&[0x7e, 1, 2, 3, 4, 0x7d], &frame(b"next")[..], &[0x7d, 0x7e]].concat();
    let (outcomes, counters) = outcomes([&line[..]]);
    let aborted = Err(FrameError::Aborted);
    assert_eq!(outcomes, [aborted.clone(), Ok(b"next".to_vec()), aborted]);
    assert_eq!(counters.aborted, 2);
}

#[test]
fn the_longest_frame_fits_exactly() {
    assert_eq!(decode(&frame(&[7; 14])), [Ok(vec![7; 14])]);
    assert_eq!(decode(&frame(&[7; 15])), [Err(FrameError::TooLong { capacity: 16 })]);
}

#[test]
fn the_smallest_decoder_takes_one_octet_of_payload() {
    let mut decoder = Decoder::<MIN_FRAME_LEN>::new();
    assert_eq!(decoder.feed(&frame(b"1")).outcome, Some(Ok(&b"1"[..])));
    let too_long = Some(Err(FrameError::TooLong { capacity: 3 }));
    assert_eq!(decoder.feed(&frame(b"12")).outcome, too_long);
}

#[test]
fn an_over_long_frame_gives_no_phantom_for_any_chunking() {
    // Its tail, taken for a frame of its own, would be good.
    let tail = frame(b"phantom");
    let line = [&[0x7e], &[1; 16][..], &tail[1..], &frame(b"good")].concat();
    for chunk in 1..line.len() {
        let (outcomes, counters) = outcomes(line.chunks(chunk));
        let too_long = Err(FrameError::TooLong { capacity: 16 });
        assert_eq!(outcomes, [too_long, Ok(b"good".to_vec())], "in chunks of {chunk}");
        assert_eq!(counters.skipped_octets, tail.len() as u64 - 3);
    }
}

#[test]
fn an_over_long_frame_is_not_delivered_cut_short() {
    // What fits of it is a good frame.
    let mut line = frame(&[7; 14]);
    line.insert(17, 0x55);
    line.extend(frame(b"good"));
    for chunk in 1..line.len() {
        let too_long = Err(FrameError::TooLong { capacity: 16 });
        assert_eq!(outcomes(line.chunks(chunk)).0, [too_long, Ok(b"good".to_vec())]);
    }
}

#[test]
fn reset_forgets_the_frame_that_has_begun() {
    let mut decoder = Decoder::<16>::new();
    let whole = frame(b"whole");
    let fed = decoder.feed(&whole[..4]);
    assert_eq!(fed.outcome, None);
    decoder.reset();
    let fed = decoder.feed(&whole[4..]);
    assert_eq!(fed.outcome, None);
    assert_eq!(decoder.counters().skipped_octets, whole.len() as u64 - 5);
}

/// Octets in which flags, escapes and whole frames are as frequent as noise.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(vec![0x7e]),
        Just(vec![0x7d]),
        proptest::collection::vec(any::<u8>(), 0..20),
        proptest::collection::vec(any::<u8>(), 1..16).prop_map(|payload| frame(&payload)),
    ];
    proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_payload_comes_back(payload in proptest::collection::vec(any::<u8>(), 1..=14)) {
        prop_assert_eq!(decode(&frame(&payload)), [Ok(payload)]);
    }

    #[test]
    fn chunking_changes_nothing(line in line(), cuts: Vec<u8>) {
        let mut chunks = Vec::new();
        let mut rest = &line[..];
        for cut in cuts {
            let (chunk, after) = rest.split_at(usize::from(cut).min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        chunks.push(rest);
        prop_assert_eq!(outcomes(chunks), outcomes([&line[..]]));
    }

    #[test]
    fn a_good_frame_after_any_garbage_and_a_flag_is_delivered(garbage in line()) {
        let line = [&garbage[..], &[0x7e], &frame(b"good")].concat();
        let last = decode(&line).pop();
        prop_assert_eq!(last, Some(Ok(b"good".to_vec())));
    }

    #[test]
    fn every_outcome_has_a_counter(line in line()) {
        let (outcomes, counters) = outcomes([&line[..]]);
        let Counters { frames, bad_fcs, too_short, too_long, aborted, .. } = counters;
        let good = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        prop_assert_eq!(frames, good as u64);
        prop_assert_eq!(bad_fcs + too_short + too_long + aborted, (outcomes.len() - good) as u64);
    }
}
