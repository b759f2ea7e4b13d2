use core::fmt;

use hdlc_core::FrameError;

use super::text::count;

/// What a line has brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Good frames.
    pub(super) good: usize,
    /// Good frames, and other things, with something wrong in them.
    pub(super) faulty: usize,
    /// Messages without a frame.
    pub(super) bare: usize,
    pub(super) bad_fcs: usize,
    pub(super) too_short: usize,
    pub(super) too_long: usize,
    pub(super) aborted: usize,
    /// Octets before the first flag.
    pub(super) noise: usize,
    /// Octets behind the last flag.
    pub(super) unfinished: usize,
}

impl Tally {
    pub(super) const fn count(&mut self, verdict: &Result<(), FrameError>) {
        *match verdict {
            Ok(()) => &mut self.good,
            Err(FrameError::BadFcs { .. }) => &mut self.bad_fcs,
            Err(FrameError::TooShort { .. }) => &mut self.too_short,
            Err(FrameError::TooLong { .. }) => &mut self.too_long,
            Err(_) => &mut self.aborted,
        } += 1;
    }

    /// What is wrong, if something is, or nothing was there to decode. Noise before the first flag,
    /// and octets behind the last, are how any recording begins and ends.
    pub(super) const fn verdict(&self) -> Result<(), &'static str> {
        if self.bad() + self.faulty > 0 {
            return Err("not everything in it is good; see above");
        }
        if self.good + self.bare == 0 && self.unfinished > 0 {
            return Err("the frame is not finished: the flag that closes it, 7e, is missing");
        }
        if self.good + self.bare == 0 {
            return Err("there is no frame in it");
        }
        Ok(())
    }

    const fn bad(&self) -> usize {
        self.bad_fcs + self.too_short + self.too_long + self.aborted
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bare > 0 {
            return write!(f, "{}, without a frame", count(self.bare, "message"));
        }
        write!(f, "{}", count(self.good, "good frame"))?;
        let faults = [
            (self.faulty, "with a fault in it"),
            (self.bad_fcs, "bad (FCS)"),
            (self.too_short, "bad (too short)"),
            (self.too_long, "bad (too long)"),
            (self.aborted, "bad (aborted)"),
        ];
        for (number, what) in faults.into_iter().filter(|&(number, _)| number > 0) {
            write!(f, ", {number} {what}")?;
        }
        let stray = [
            (self.noise, "of noise before the first flag"),
            (self.unfinished, "behind the last flag"),
        ];
        for (octets, what) in stray.into_iter().filter(|&(octets, _)| octets > 0) {
            write!(f, ", {} {what}", count(octets, "octet"))?;
        }
        Ok(())
    }
}
