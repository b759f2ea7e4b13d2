use core::fmt;
use std::sync::Arc;

use readings::Timestamp;

/// The host's clock cannot be earlier than this program: 2026-11-01T00:00:00Z.
const PLAUSIBLE_SINCE: Timestamp = Timestamp::from_micros(1_793_491_200_000_000);

/// The host's clock, which somebody may set, and which starts wrong on a machine without a
/// battery for it, until the network tells it.
#[derive(Clone)]
pub struct HostClock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl HostClock {
    /// The system's.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Timestamp::now)
    }

    /// One that shows what this returns.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }

    /// Whether it may be right.
    #[must_use]
    pub fn is_plausible(&self) -> bool {
        self.now() >= PLAUSIBLE_SINCE
    }
}

impl fmt::Debug for HostClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostClock({})", self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_from_before_this_program_is_not_plausible() {
        assert_eq!(PLAUSIBLE_SINCE.to_string(), "2026-11-01T00:00:00.000000Z");
        assert!(HostClock::new(|| PLAUSIBLE_SINCE).is_plausible());
        assert!(!HostClock::new(|| Timestamp::from_micros(0)).is_plausible());
        assert!(!HostClock::new(|| "2026-10-31T23:59:59Z".parse().unwrap()).is_plausible());
    }
}
