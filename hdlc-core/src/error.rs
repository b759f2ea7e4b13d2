use core::fmt;

use crate::{FCS_LEN, MIN_FRAME_LEN};

/// The line brought something between two flags that is not a frame.
///
/// The decoder has already recovered: the next frame is not affected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum FrameError {
    /// The frame check sequence is not that of the payload: octets were lost or changed.
    BadFcs {
        /// The FCS that the payload has.
        expected: u16,
        /// The FCS that came with it.
        found: u16,
    },
    /// Fewer than [`MIN_FRAME_LEN`] octets, unstuffed.
    TooShort {
        /// How many came.
        found: usize,
    },
    /// More octets, unstuffed, than the decoder holds. It skips to the next flag.
    TooLong {
        /// How many it holds, FCS included.
        capacity: usize,
    },
    /// An escape directly before the closing flag: the sender gave the frame up.
    Aborted,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadFcs { expected, found } => {
                write!(f, "bad FCS: expected {expected:#06x}, found {found:#06x}")
            }
            Self::TooShort { found } => write!(
                f,
                "frame too short: {found} of at least {MIN_FRAME_LEN} octets with the FCS"
            ),
            Self::TooLong { capacity } => write!(
                f,
                "frame too long: more than {} octets of payload",
                capacity.saturating_sub(FCS_LEN)
            ),
            Self::Aborted => f.write_str("frame aborted by its sender"),
        }
    }
}

impl core::error::Error for FrameError {}

/// The caller's buffer cannot hold the frame. Nothing useful was written to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BufferTooSmall {
    /// Octets that the frame takes on the wire.
    pub needed: usize,
}

impl fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "buffer too small: the frame takes {} octets", self.needed)
    }
}

impl core::error::Error for BufferTooSmall {}
