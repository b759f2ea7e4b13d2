use core::num::NonZeroU32;
use core::time::Duration;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What may be taken at once after a pause: so many seconds' worth.
const BURST: f64 = 10.0;

/// The longest wait that is named, in seconds.
const MAX_WAIT: f64 = 60.0;

/// How much may be taken a second, on average.
///
/// Whoever has anything left gets all that is asked for, and waits the longer for the next: so what
/// a gateway has kept over a night comes through, in however large pieces it is sent.
pub(crate) struct Meter(Mutex<State>);

struct State {
    rate: Option<NonZeroU32>,
    left: f64,
    at: Instant,
}

impl Meter {
    /// Of so much a second; none: without a limit.
    pub(super) fn new(rate: Option<NonZeroU32>) -> Self {
        let left = BURST * per_second(rate);
        Self(Mutex::new(State { rate, left, at: Instant::now() }))
    }

    /// Changes how much it is.
    pub(super) fn set(&self, rate: Option<NonZeroU32>) {
        let mut state = self.lock();
        if state.rate != rate {
            *state = State { rate, left: BURST * per_second(rate), at: Instant::now() };
        }
    }

    /// Whether anything is left; if not, in how many seconds there will be.
    pub(crate) fn look(&self) -> Result<(), u64> {
        self.lock().look(Instant::now())
    }

    /// Takes so much, whether it is left or not.
    #[expect(clippy::cast_precision_loss, reason = "counts below 2^52")]
    pub(crate) fn take(&self, amount: usize) {
        self.lock().left -= amount as f64;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn per_second(rate: Option<NonZeroU32>) -> f64 {
    rate.map_or(0.0, |rate| rate.get().into())
}

impl State {
    fn look(&mut self, now: Instant) -> Result<(), u64> {
        let Some(rate) = self.rate else { return Ok(()) };
        let rate = f64::from(rate.get());
        let passed: Duration = now.saturating_duration_since(self.at);
        self.at = now;
        self.left = (self.left + rate * passed.as_secs_f64()).min(rate * BURST);
        if self.left > 0.0 {
            return Ok(());
        }
        let wait = (-self.left / rate).min(MAX_WAIT);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 60")]
        Err(wait as u64 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_has_something_left_gets_all_and_waits_the_longer() {
        let meter = Meter::new(NonZeroU32::new(5));
        let mut state = meter.lock();
        let begun = state.at;
        let after = |seconds| begun + Duration::from_secs(seconds);
        assert_eq!(state.look(begun), Ok(()));
        state.left -= 70.0;
        assert_eq!(state.look(begun), Err(5));
        assert_eq!(state.look(after(3)), Err(2));
        assert_eq!(state.look(after(5)), Ok(()));
        // A pause is worth no more than a burst.
        assert_eq!(state.look(after(5000)), Ok(()));
        state.left -= 51.0;
        assert_eq!(state.look(after(5000)), Err(1));
        state.left -= 1e9;
        assert_eq!(state.look(after(5000)), Err(61));
    }

    #[test]
    fn without_a_rate_there_is_no_limit() {
        let meter = Meter::new(None);
        meter.take(usize::MAX >> 12);
        assert_eq!(meter.look(), Ok(()));
        meter.set(NonZeroU32::new(1));
        assert_eq!(meter.look(), Ok(()));
        meter.take(1000);
        assert!(meter.look().is_err());
    }
}
