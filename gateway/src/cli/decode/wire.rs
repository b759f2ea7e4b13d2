//! A line cut into frames, good and bad, without losing sight of any octet.

use hdlc_core::{Decoder, ESCAPE, ESCAPE_MASK, FLAG, FrameError};
use manager_core::MAX_FRAME_LEN;

/// An octet of a frame's content, and what it was on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Octet {
    /// Where it began.
    pub(super) at: usize,
    /// What it means.
    pub(super) value: u8,
    /// Whether it came behind an escape.
    pub(super) escaped: bool,
}

/// What a line is made of. Flags with nothing between them are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Octets before the first flag, where no frame can be.
    Noise {
        /// Where they begin.
        at: usize,
        /// How they came.
        octets: &'a [u8],
    },
    /// Octets between two flags.
    Frame(Frame),
    /// Octets behind the last flag: a frame that was cut off, or noise.
    Unfinished {
        /// Where they begin.
        at: usize,
        /// How they came.
        octets: &'a [u8],
    },
}

impl Part<'_> {
    /// Where its last octet is.
    pub(super) const fn end(&self) -> usize {
        match self {
            Self::Frame(frame) => frame.end,
            Self::Noise { at, octets } | Self::Unfinished { at, octets } => {
                (*at + octets.len()).saturating_sub(1)
            }
        }
    }
}

/// What lies between two flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// Where the opening flag is.
    pub(super) at: usize,
    /// Where the closing flag is.
    pub(super) end: usize,
    /// The octets between them, unstuffed: payload and FCS.
    pub(super) octets: Vec<Octet>,
    /// What the decoder of the gateway says about it.
    pub(super) verdict: Result<(), FrameError>,
}

/// Cuts a line at its flags.
pub(super) fn parts(line: &[u8]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut at = 0;
    let mut segments = line.split(|&octet| octet == FLAG).peekable();
    while let Some(octets) = segments.next() {
        let is_last = segments.peek().is_none();
        match (at, is_last) {
            _ if octets.is_empty() => {}
            (0, _) => parts.push(Part::Noise { at, octets }),
            (_, true) => parts.push(Part::Unfinished { at, octets }),
            (_, false) => parts.push(Part::Frame(frame(at - 1, octets))),
        }
        at += octets.len() + 1;
    }
    parts
}

fn frame(at: usize, stuffed: &[u8]) -> Frame {
    Frame {
        at,
        end: at + 1 + stuffed.len(),
        octets: unstuff(at + 1, stuffed),
        verdict: judge(stuffed),
    }
}

/// What the gateway's own decoder makes of octets between two flags.
fn judge(stuffed: &[u8]) -> Result<(), FrameError> {
    let mut decoder = Decoder::<MAX_FRAME_LEN>::new();
    for octets in [&[FLAG], stuffed, &[FLAG]] {
        if let Some(outcome) = decoder.feed(octets).outcome {
            return outcome.map(|_payload| ());
        }
    }
    // Something stood between the flags, so one of them closed it.
    Err(FrameError::TooShort { found: 0 })
}

/// Octets without their escapes; the first was at `at`.
pub(super) fn unstuff(at: usize, stuffed: &[u8]) -> Vec<Octet> {
    let mut octets = Vec::new();
    let mut wire = stuffed.iter().zip(at..);
    while let Some((&octet, at)) = wire.next() {
        let next = if octet == ESCAPE { wire.next() } else { None };
        octets.push(match next {
            Some((&next, _)) => Octet { at, value: next ^ ESCAPE_MASK, escaped: true },
            // Also an escape with nothing behind it, which is what aborts a frame.
            None => Octet { at, value: octet, escaped: false },
        });
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_of_a_line_is_in_one_part() {
        let line = b"ab\x7e\x7e\x00\x03\x00\x02\x04\x00\x9b\x38\x7e\x01\x7ecd";
        let parts = parts(line);
        let [Part::Noise { at: 0, octets: b"ab" }, Part::Frame(good), Part::Frame(bad), last] =
            parts.as_slice()
        else {
            panic!("{parts:?}")
        };
        assert_eq!((good.at, good.end, &good.verdict), (3, 12, &Ok(())));
        assert_eq!((bad.at, bad.end), (12, 14));
        assert_eq!(bad.verdict, Err(FrameError::TooShort { found: 1 }));
        assert_eq!(last, &Part::Unfinished { at: 15, octets: b"cd" });
    }

    #[test]
    fn a_line_without_a_flag_is_noise() {
        assert_eq!(parts(b"abc"), [Part::Noise { at: 0, octets: b"abc" }]);
        assert_eq!(parts(b""), []);
        assert_eq!(parts(b"\x7e\x7e"), []);
    }

    #[test]
    fn escaped_octets_keep_their_places() {
        let parts = parts(b"\x7e\x7d\x5d\x1a\x58\x7e");
        let [Part::Frame(frame)] = parts.as_slice() else { panic!("{parts:?}") };
        let octets: Vec<_> = frame.octets.iter().map(|o| (o.at, o.value, o.escaped)).collect();
        assert_eq!(octets, [(1, 0x7d, true), (3, 0x1a, false), (4, 0x58, false)]);
        assert_eq!(frame.verdict, Ok(()));
    }

    #[test]
    fn bad_frames_are_told_apart() {
        let long = [&[FLAG][..], &[0; 129], &[FLAG]].concat();
        let verdict = |line: &[u8]| match parts(line).as_slice() {
            [Part::Frame(frame)] => frame.verdict,
            other => panic!("{other:?}"),
        };
        assert_eq!(verdict(&long), Err(FrameError::TooLong { capacity: 128 }));
        assert_eq!(verdict(b"\x7e\x00\x03\x7d\x7e"), Err(FrameError::Aborted));
        assert_eq!(
            verdict(b"\x7e\x81\xf9\x66\x7e"),
            Err(FrameError::BadFcs { expected: 0x65f9, found: 0x66f9 })
        );
    }
}
