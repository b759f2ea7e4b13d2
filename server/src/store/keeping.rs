use core::time::Duration;

use crate::clock::Clock;

/// What a store keeps.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// How long a reading is kept, from its time of measurement.
    pub retention: Duration,
    /// Most motes; readings of further ones are refused.
    pub max_motes: usize,
    /// What tells the age of a reading.
    pub clock: Clock,
}

impl Keeping {
    /// Most motes unless told otherwise.
    pub const DEFAULT_MAX_MOTES: usize = 100_000;

    /// Why readings of one more mote are refused.
    pub(super) fn no_more_motes(&self) -> String {
        format!(
            "is a new mote, and this server has {} already, which is its limit (max_motes)",
            self.max_motes
        )
    }
}

impl From<Duration> for Keeping {
    /// So long, with the default for all else.
    fn from(retention: Duration) -> Self {
        Self { retention, max_motes: Self::DEFAULT_MAX_MOTES, clock: Clock::system() }
    }
}
