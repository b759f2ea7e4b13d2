use fastrand::Rng;
use hdlc_core::{Decoder, FLAG};
use manager_core::MAX_FRAME_LEN;
use serde::{Deserialize, Serialize};

/// How bad a line is: what happens to each frame, with what probability.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// It is lost.
    pub loss: f64,
    /// Some of its octets are changed, lost or invented, and it is no good frame any more.
    pub corrupt: f64,
    /// Random octets follow it.
    pub noise: f64,
}

/// What a [`FaultyLine`] has done to frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineTally {
    /// Frames that were sent over it.
    pub frames: u64,
    /// Frames of those that it lost.
    pub lost: u64,
    /// Frames of those that it corrupted.
    pub corrupted: u64,
    /// Bursts of noise that it made.
    pub noise: u64,
}

/// One direction of a serial line that loses and corrupts frames, by chance.
///
/// Chance depends on the seed alone: the same octets suffer the same, however they are chunked.
/// A corruption that the FCS does not reveal, as happens to one in 65 536 on a real line, is not
/// made: no receiver could tell it from what was sent.
#[derive(Debug)]
pub struct FaultyLine {
    faults: Faults,
    rng: Rng,
    /// A frame that has begun.
    frame: Vec<u8>,
    tally: LineTally,
}

/// So much without a flag is no frame.
const MAX_PENDING: usize = 4 * MAX_FRAME_LEN;

impl FaultyLine {
    /// A line with these faults.
    #[must_use]
    pub fn new(faults: Faults, seed: u64) -> Self {
        let rng = Rng::with_seed(seed);
        Self { faults, rng, frame: Vec::new(), tally: LineTally::default() }
    }

    /// What has been done so far.
    #[must_use]
    pub const fn tally(&self) -> LineTally {
        self.tally
    }

    /// Takes octets at one end, and appends to `out` what comes out at the other. A frame comes
    /// out when its closing flag has been taken.
    pub fn carry(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        for &octet in octets {
            let has_begun = self.frame.iter().any(|&octet| octet != FLAG);
            self.frame.push(octet);
            if octet == FLAG && has_begun {
                self.carry_frame(out);
                self.frame.clear();
            } else if self.frame.len() >= MAX_PENDING {
                out.append(&mut self.frame);
            }
        }
    }

    fn carry_frame(&mut self, out: &mut Vec<u8>) {
        self.tally.frames += 1;
        if self.happens(self.faults.loss) {
            self.tally.lost += 1;
            if self.frame.first() != Some(&FLAG) {
                // The flag that closes this frame opens the next.
                out.push(FLAG);
            }
        } else if self.happens(self.faults.corrupt) {
            self.tally.corrupted += 1;
            out.append(&mut self.corrupted());
        } else {
            out.append(&mut self.frame);
        }
        if self.happens(self.faults.noise) {
            self.tally.noise += 1;
            let len = self.rng.usize(1..=16);
            out.extend((0..len).map(|_| self.rng.u8(..)));
        }
    }

    fn happens(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.rng.f64() < probability
    }

    fn corrupted(&mut self) -> Vec<u8> {
        loop {
            let mut frame = self.frame.clone();
            for _ in 0..self.rng.usize(1..=3) {
                self.damage(&mut frame);
            }
            if !is_heard(&frame) {
                return frame;
            }
        }
    }

    fn damage(&mut self, frame: &mut Vec<u8>) {
        let at = self.rng.usize(..=frame.len());
        match (self.rng.u8(..3), frame.get_mut(at)) {
            (0, Some(octet)) => *octet ^= 1 << self.rng.u8(..8),
            (1, Some(_)) => drop(frame.remove(at)),
            _ => frame.insert(at, self.rng.u8(..)),
        }
    }
}

/// Whether a receiver takes anything in these octets for a good frame.
fn is_heard(octets: &[u8]) -> bool {
    let mut decoder = Decoder::<MAX_FRAME_LEN>::new();
    for mut octets in [&[FLAG][..], octets, &[FLAG]] {
        while !octets.is_empty() {
            let fed = decoder.feed(octets);
            octets = octets.get(fed.consumed..).unwrap_or_default();
        }
    }
    decoder.counters().frames > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: &[u8] = b"\x7e\x00\x03\x00\x02\x04\x00\x9b\x38\x7e";

    fn carry(line: &mut FaultyLine, octets: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        line.carry(octets, &mut out);
        out
    }

    #[test]
    fn a_good_line_carries_whole_frames() {
        let mut line = FaultyLine::new(Faults::default(), 0);
        assert_eq!(carry(&mut line, &FRAME[..5]), b"");
        assert_eq!(carry(&mut line, &FRAME[5..]), FRAME);
        assert_eq!(carry(&mut line, b"\x7e\x7e\x01\x7e\x02\x7e"), b"\x7e\x7e\x01\x7e\x02\x7e");
        assert_eq!(line.tally(), LineTally { frames: 3, ..LineTally::default() });
    }

    #[test]
    fn it_loses_the_share_that_it_was_told() {
        let mut line = FaultyLine::new(Faults { loss: 0.1, ..Faults::default() }, 1);
        let carried = carry(&mut line, &FRAME.repeat(10_000));
        let LineTally { frames, lost, .. } = line.tally();
        assert_eq!(frames, 10_000);
        assert!((900..1100).contains(&lost), "{lost}");
        assert_eq!(carried, FRAME.repeat(10_000 - usize::try_from(lost).unwrap()));
    }

    #[test]
    fn a_corrupted_frame_is_not_heard() {
        let mut line = FaultyLine::new(Faults { corrupt: 1.0, ..Faults::default() }, 2);
        for _ in 0..10_000 {
            let carried = carry(&mut line, FRAME);
            assert!(!is_heard(&carried), "{carried:02x?}");
        }
        assert_eq!(line.tally().corrupted, 10_000);
    }

    #[test]
    fn noise_leaves_frames_whole() {
        let mut line = FaultyLine::new(Faults { noise: 0.5, ..Faults::default() }, 3);
        let carried = carry(&mut line, &FRAME.repeat(1000));
        assert_eq!(carried.windows(FRAME.len()).filter(|&octets| octets == FRAME).count(), 1000);
        assert!((400..600).contains(&line.tally().noise));
    }

    #[test]
    fn chance_does_not_depend_on_chunks() {
        let faults = Faults { loss: 0.2, corrupt: 0.2, noise: 0.2 };
        let octets = FRAME.repeat(100);
        let whole = carry(&mut FaultyLine::new(faults, 4), &octets);
        for size in [1, 3, 64] {
            let mut line = FaultyLine::new(faults, 4);
            let chunked: Vec<u8> = octets.chunks(size).flat_map(|c| carry(&mut line, c)).collect();
            assert_eq!(chunked, whole);
        }
    }

    #[test]
    fn what_is_no_frame_is_not_kept_for_ever() {
        let mut line = FaultyLine::new(Faults::default(), 0);
        assert_eq!(carry(&mut line, &[0; 10_000]).len(), 10_000 / MAX_PENDING * MAX_PENDING);
    }
}
