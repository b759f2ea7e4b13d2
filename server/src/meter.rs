use core::num::NonZeroU32;
use std::time::Instant;

/// The longest wait that is named, in seconds.
const MAX_WAIT: f64 = 60.0;

/// How much may be taken a second, on average.
///
/// Whoever has anything left gets all that is asked for, and waits the longer for the next: so what
/// a gateway has kept over a night comes through, in however large pieces it is sent; and what
/// another server has granted is made up for here.
pub(crate) struct Meter {
    rate: Option<NonZeroU32>,
    /// What may be taken at once after a pause: so many seconds' worth.
    burst: f64,
    left: f64,
    at: Instant,
}

impl Meter {
    /// Of so much a second; none: without a limit.
    pub(crate) fn new(rate: Option<NonZeroU32>, burst: f64) -> Self {
        Self { rate, burst, left: burst * per_second(rate), at: Instant::now() }
    }

    /// Changes how much it is.
    pub(crate) fn set(&mut self, rate: Option<NonZeroU32>) {
        if self.rate != rate {
            *self = Self::new(rate, self.burst);
        }
    }

    /// Whether anything is left; if not, in how many seconds there will be.
    pub(crate) fn look(&mut self, now: Instant) -> Result<(), u64> {
        let Some(rate) = self.rate.map(|rate| f64::from(rate.get())) else { return Ok(()) };
        self.refill(now);
        let missing = 1.0 - self.left;
        if missing <= 0.0 {
            return Ok(());
        }
        let wait = (missing / rate).min(MAX_WAIT);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 60")]
        Err(wait as u64 + 1)
    }

    /// Takes so much, whether it is left or not.
    #[expect(clippy::cast_precision_loss, reason = "counts below 2^52")]
    pub(crate) fn take(&mut self, amount: usize) {
        self.left -= amount as f64;
    }

    /// Whether nothing is missing, as in a new one.
    pub(crate) fn is_full(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.left >= self.burst * per_second(self.rate)
    }

    fn refill(&mut self, now: Instant) {
        let rate = per_second(self.rate);
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.left = (self.left + rate * passed).min(rate * self.burst);
    }
}

fn per_second(rate: Option<NonZeroU32>) -> f64 {
    rate.map_or(0.0, |rate| rate.get().into())
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    #[test]
    fn one_who_has_something_left_gets_all_and_waits_the_longer() {
        let mut meter = Meter::new(NonZeroU32::new(5), 10.0);
        let begun = meter.at;
        let after = |seconds| begun + Duration::from_secs(seconds);
        assert_eq!(meter.look(begun), Ok(()));
        meter.take(70);
        assert_eq!(meter.look(begun), Err(5));
        assert_eq!(meter.look(after(3)), Err(2));
        assert_eq!(meter.look(after(5)), Ok(()));
        // A pause is worth no more than a burst.
        assert!(!meter.is_full(after(13)) && meter.is_full(after(5000)));
        meter.take(51);
        assert_eq!(meter.look(after(5000)), Err(1));
        meter.take(1_000_000_000);
        assert_eq!(meter.look(after(5000)), Err(61));
    }

    #[test]
    fn a_part_of_one_is_none() {
        let mut meter = Meter::new(NonZeroU32::new(2), 1.0);
        let begun = meter.at;
        meter.take(2);
        assert_eq!(meter.look(begun + Duration::from_millis(499)), Err(1));
        assert_eq!(meter.look(begun + Duration::from_millis(500)), Ok(()));
    }

    #[test]
    fn without_a_rate_there_is_no_limit() {
        let mut meter = Meter::new(None, 10.0);
        meter.take(usize::MAX >> 12);
        assert_eq!(meter.look(Instant::now()), Ok(()));
        meter.set(NonZeroU32::new(1));
        assert_eq!(meter.look(Instant::now()), Ok(()));
        meter.take(1000);
        assert!(meter.look(Instant::now()).is_err());
    }
}
