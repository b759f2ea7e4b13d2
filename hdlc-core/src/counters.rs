use crate::FrameError;

/// What a [`Decoder`](crate::Decoder) has delivered and thrown away since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Counters {
    /// Frames delivered.
    pub frames: u64,
    /// Frames refused with [`FrameError::BadFcs`](crate::FrameError::BadFcs).
    pub bad_fcs: u64,
    /// Frames refused with [`FrameError::TooShort`](crate::FrameError::TooShort).
    pub too_short: u64,
    /// Frames refused with [`FrameError::TooLong`](crate::FrameError::TooLong).
    pub too_long: u64,
    /// Frames refused with [`FrameError::Aborted`](crate::FrameError::Aborted).
    pub aborted: u64,
    /// Octets skipped in search of a flag: before the first one, and after an over-long frame.
    pub skipped_octets: u64,
}

impl Counters {
    pub(crate) const ZERO: Self =
        Self { frames: 0, bad_fcs: 0, too_short: 0, too_long: 0, aborted: 0, skipped_octets: 0 };

    pub(crate) const fn count(&mut self, outcome: Result<(), FrameError>) {
        let counter = match outcome {
            Ok(()) => &mut self.frames,
            Err(FrameError::BadFcs { .. }) => &mut self.bad_fcs,
            Err(FrameError::TooShort { .. }) => &mut self.too_short,
            Err(FrameError::TooLong { .. }) => &mut self.too_long,
            Err(FrameError::Aborted) => &mut self.aborted,
        };
        *counter += 1;
    }
}
