use core::time::Duration;
use std::collections::VecDeque;
use std::time::Instant;

/// How many notifications are looked back on.
const LOOK_BACK: usize = 32;

/// Fewer say nothing.
const FEWEST: usize = 4;

/// Of the time between two notifications, what a request may take. The rest is for those that do
/// not come evenly.
const MOST_OF_IT: f64 = 0.95;

/// How fast notifications come.
#[derive(Debug, Default)]
pub(super) struct Pace(VecDeque<Instant>);

impl Pace {
    /// One has come.
    pub(super) fn note(&mut self, now: Instant) {
        if self.0.len() == LOOK_BACK {
            self.0.pop_front();
        }
        self.0.push_back(now);
    }

    /// Mean time between two, if that can be said.
    pub(super) fn interval(&self, now: Instant) -> Option<Duration> {
        let count = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        let first = self.0.front().filter(|_| self.0.len() >= FEWEST)?;
        Some(now.saturating_duration_since(*first) / (count - 1))
    }

    /// Whether requests that take so long keep up with it, one for each notification.
    pub(super) fn allows(&self, now: Instant, took: Duration) -> bool {
        self.interval(now).is_none_or(|interval| took <= interval.mul_f64(MOST_OF_IT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_keep_up_if_they_are_shorter_than_what_is_between_notifications() {
        let (begun, mut pace) = (Instant::now(), Pace::default());
        let at = |ms| begun + Duration::from_millis(ms);
        let [short, long] = [90, 110].map(Duration::from_millis);
        assert!(pace.allows(begun, long), "nothing is known yet");
        for number in 0..100 {
            pace.note(at(25 * number));
        }
        assert!(!pace.allows(at(2500), short), "40 a second");
        for number in 0..100 {
            pace.note(at(2500 + 100 * number));
        }
        assert!(pace.allows(at(12_400), short) && !pace.allows(at(12_400), long));
        assert!(pace.allows(at(60_000), long), "nothing has come for long");
    }
}
