use core::time::Duration;

use readings::{Quantity, Source, Timestamp};

use crate::clock::Clock;
use crate::moment::before;

/// What a store keeps.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// How long a sensor's reading is kept, from its time of measurement.
    pub retention: Duration,
    /// How long all else is kept: what motes and managers say of themselves and of each other.
    pub network_retention: Duration,
    /// Most motes; readings of further ones are refused.
    pub max_motes: usize,
    /// What tells the age of a reading.
    pub clock: Clock,
}

impl Keeping {
    /// Most motes unless told otherwise.
    pub const DEFAULT_MAX_MOTES: usize = 100_000;

    /// How long network data are kept unless told otherwise.
    pub const DEFAULT_NETWORK_RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);

    /// How long a quantity's readings are kept.
    #[must_use]
    pub fn retention_of(&self, quantity: Quantity) -> Duration {
        match quantity.source() {
            Source::Sensor => self.retention,
            Source::Health | Source::Manager => self.network_retention,
        }
    }

    /// What is older is not shown.
    pub(crate) fn oldest(&self, retention: Duration) -> Timestamp {
        before(self.clock.now(), retention)
    }

    /// What is older may be forgotten for good, whatever somebody has set the clock to.
    pub(crate) fn oldest_sure(&self, retention: Duration) -> Timestamp {
        before(self.clock.look(retention).earlier(), retention)
    }

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
        Self {
            retention,
            network_retention: Self::DEFAULT_NETWORK_RETENTION,
            max_motes: Self::DEFAULT_MAX_MOTES,
            clock: Clock::system(),
        }
    }
}
