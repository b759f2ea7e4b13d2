use core::time::Duration;
use std::time::Instant;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(60);

/// What a server may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// When to try again: exponential with full jitter, so that many gateways do not come back to a
/// server all at once.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
    until: Option<Instant>,
}

impl Backoff {
    /// Whether, and until when, nothing should be tried.
    pub(super) fn until(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|&until| now < until)
    }

    /// A try has failed. `retry_after` is what the server asks for.
    pub(super) fn fail(&mut self, now: Instant, retry_after: Option<Duration>) {
        let ceiling = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        let pause = ceiling.mul_f64(fastrand::f64()).max(FIRST / 5);
        self.failures = self.failures.saturating_add(1);
        self.until = Some(now + retry_after.map_or(pause, |asked| asked.min(LONGEST_ASKED)));
    }

    pub(super) fn succeed(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound_and_end_with_a_success() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        assert_eq!(backoff.until(now), None);
        let mut ceiling = FIRST;
        for _ in 0..100 {
            backoff.fail(now, None);
            let pause = backoff.until(now).unwrap() - now;
            assert!(pause <= ceiling && pause >= FIRST / 5, "{pause:?} of {ceiling:?}");
            ceiling = (ceiling * 2).min(LONGEST);
        }
        backoff.succeed();
        assert_eq!(backoff.until(now), None);
    }

    #[test]
    fn what_the_server_asks_for_counts_up_to_the_bound() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        for asked in [7, 300].map(Duration::from_secs) {
            backoff.fail(now, Some(asked));
            assert_eq!(backoff.until(now), Some(now + asked));
        }
        backoff.fail(now, Some(Duration::from_secs(1_000_000)));
        assert_eq!(backoff.until(now), Some(now + LONGEST_ASKED));
    }
}
