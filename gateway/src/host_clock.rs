use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use readings::Timestamp;

use crate::network_time::NetworkTime;

/// The host's clock cannot be earlier than this program: 2026-11-01T00:00:00Z.
const PLAUSIBLE_SINCE: Timestamp = Timestamp::from_micros(1_793_491_200_000_000);

/// How long after boot the network is waited for to tell the time. A router that lost its power
/// with this machine takes some minutes to be back, and a machine without a network must work too.
const PATIENCE: Duration = Duration::from_secs(600);

/// Both clocks are looked at as one if no more than this is between two looks at one of them.
const AT_ONCE: Duration = Duration::from_millis(20);

/// Looks before that is given up for now: on a busy machine something else may come between.
const LOOKS: usize = 5;

/// The host's clock, which somebody may set, and which starts wrong on a machine without a
/// battery for it, until the network tells it; and beside it, to know when that has happened, the
/// time since boot, which nobody sets.
#[derive(Clone)]
pub struct HostClock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    since_boot: Arc<dyn Fn() -> Duration + Send + Sync>,
    is_to_be_set: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// Why the host's clock is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It is from before this program was made.
    Implausible,
    /// The machine has just booted, and the network has not told it the time yet.
    NotYetSet,
}

impl HostClock {
    /// The system's.
    #[must_use]
    pub fn system() -> Self {
        let network = NetworkTime::of_system();
        Self::new(Timestamp::now).with_network_time(move || network.is_awaited())
    }

    /// One that shows what this returns, that nobody is known to set, and beside it the system's
    /// time since boot.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self {
            now: Arc::new(now),
            since_boot: Arc::new(host::since_boot),
            is_to_be_set: Arc::new(|| false),
        }
    }

    /// The same with another time since boot; it includes what the machine slept.
    #[must_use]
    pub fn with_since_boot(
        self,
        since_boot: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        Self { since_boot: Arc::new(since_boot), ..self }
    }

    /// The same, which the network is to set as long as this says so, and the machine has just
    /// booted.
    #[must_use]
    pub fn with_network_time(self, is_awaited: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { is_to_be_set: Arc::new(is_awaited), ..self }
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// How long ago the machine was switched on, sleep included. This goes on as time does,
    /// whatever happens to the clock.
    #[must_use]
    pub fn since_boot(&self) -> Duration {
        (self.since_boot)()
    }

    /// Why it may not be right, if anything speaks against it.
    #[must_use]
    pub fn doubt(&self) -> Option<Doubt> {
        if self.now() < PLAUSIBLE_SINCE {
            Some(Doubt::Implausible)
        } else if self.since_boot() < PATIENCE && (self.is_to_be_set)() {
            Some(Doubt::NotYetSet)
        } else {
            None
        }
    }

    /// When the machine was booted by this clock, in µs since 1970. Another moment than before
    /// means that the clock was set. `None` if something else came between every time: a pause
    /// between two looks must not be taken for that.
    pub(crate) fn boot_micros(&self) -> Option<i64> {
        (0..LOOKS).find_map(|_| {
            let before = self.since_boot();
            let now = self.now();
            let took = self.since_boot().saturating_sub(before);
            let boot = now.as_micros().saturating_sub(micros(before + took / 2));
            (took <= AT_ONCE).then_some(boot)
        })
    }
}

impl fmt::Debug for HostClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostClock({})", self.now())
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_from_before_this_program_is_not_plausible() {
        assert_eq!(PLAUSIBLE_SINCE.to_string(), "2026-11-01T00:00:00.000000Z");
        assert_eq!(HostClock::new(|| PLAUSIBLE_SINCE).doubt(), None);
        let implausible = Some(Doubt::Implausible);
        assert_eq!(HostClock::new(|| Timestamp::from_micros(0)).doubt(), implausible);
        let before = HostClock::new(|| "2026-10-31T23:59:59Z".parse().unwrap());
        assert_eq!(before.doubt(), implausible);
    }

    #[test]
    fn the_network_is_waited_for_after_boot_but_not_for_ever() {
        let booted = |ago, is_awaited| {
            HostClock::new(|| PLAUSIBLE_SINCE)
                .with_since_boot(move || ago)
                .with_network_time(move || is_awaited)
                .doubt()
        };
        let second = Duration::from_secs(1);
        assert_eq!(booted(second, true), Some(Doubt::NotYetSet));
        assert_eq!(booted(PATIENCE - second, true), Some(Doubt::NotYetSet));
        assert_eq!(booted(PATIENCE, true), None);
        assert_eq!(booted(second, false), None);
    }

    #[test]
    fn the_moment_of_boot_moves_with_the_clock_and_not_with_time() {
        let clock = |now: i64, since_boot| {
            HostClock::new(move || Timestamp::from_micros(now))
                .with_since_boot(move || Duration::from_micros(since_boot))
                .boot_micros()
        };
        assert_eq!(clock(1_000, 10), Some(990));
        assert_eq!(clock(1_500, 510), Some(990));
        assert_eq!(clock(5_000, 510), Some(4_490));
    }
}
