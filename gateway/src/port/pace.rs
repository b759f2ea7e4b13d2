use core::time::Duration;
use std::time::Instant;

/// Octets a second that are taken from a network in the long run. A manager's own line carries
/// 11 520: whoever sends more is none, or a simulated one in a hurry.
const RATE: u32 = 256 * 1024;

/// How long a peer may have been quiet to its credit: what a network has held up comes at once.
const CREDIT: Duration = Duration::from_millis(250);

/// Holds up whoever sends without end: the rest is left to the system, which has the peer wait. A
/// serial line is as slow by itself.
#[derive(Debug)]
pub(super) struct Pace {
    /// When the octets taken so far would have come at the rate.
    due: Instant,
}

impl Pace {
    pub(super) const fn new(now: Instant) -> Self {
        Self { due: now }
    }

    /// How long to wait before the next octets are taken.
    pub(super) fn early(&self, now: Instant) -> Duration {
        self.due.saturating_duration_since(now)
    }

    /// So many have been taken.
    pub(super) fn take(&mut self, octets: usize, now: Instant) {
        let credited = now.checked_sub(CREDIT).unwrap_or(now);
        let octets = u32::try_from(octets).unwrap_or(u32::MAX);
        self.due = self.due.max(credited) + Duration::from_secs(octets.into()) / RATE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_sends_without_end_is_held_up_to_the_rate() {
        let start = Instant::now();
        let (mut pace, mut now, mut taken) = (Pace::new(start), start, 0);
        while now < start + Duration::from_secs(10) {
            pace.take(4096, now);
            taken += 4096;
            now += pace.early(now);
        }
        let rate = usize::try_from(RATE).unwrap();
        assert!((10 * rate..11 * rate).contains(&taken), "{taken}");
    }

    #[test]
    fn a_managers_line_is_never_held_up() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        for second in 0..10 {
            let now = start + Duration::from_secs(second);
            assert_eq!(pace.early(now), Duration::ZERO);
            pace.take(11_520, now);
        }
    }
}
