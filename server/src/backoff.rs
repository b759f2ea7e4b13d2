use core::time::Duration;

/// The first pause, which doubles with each attempt.
const FIRST: Duration = Duration::from_secs(1);

/// How long to wait before the next attempt.
#[derive(Debug)]
pub(crate) struct Backoff {
    longest: Duration,
    attempts: u32,
}

impl Backoff {
    /// With pauses that are never longer than this.
    pub(crate) const fn up_to(longest: Duration) -> Self {
        Self { longest, attempts: 0 }
    }

    /// The pause after one more failure: somewhere from half of it to all, so that many who failed
    /// together do not come back together.
    pub(crate) fn fail(&mut self) -> Duration {
        let pause = FIRST.saturating_mul(2_u32.saturating_pow(self.attempts)).min(self.longest);
        self.attempts = self.attempts.saturating_add(1);
        pause.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit_and_start_over() {
        let mut backoff = Backoff::up_to(Duration::from_secs(300));
        let pauses: Vec<Duration> = (0..40).map(|_| backoff.fail()).collect();
        for (pause, most) in pauses.iter().zip([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]) {
            let most = Duration::from_secs(most);
            assert!((most / 2..=most).contains(pause), "{pauses:?}");
        }
        backoff.reset();
        assert!(backoff.fail() <= FIRST);
    }
}
