use core::time::Duration;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Least time between two log lines about the same.
const PAUSE: Duration = Duration::from_secs(60);

/// Counts what anyone can cause often, so that the log says it at once and then at most once a
/// minute.
#[derive(Default)]
pub(crate) struct Tally(Mutex<State>);

#[derive(Default)]
struct State {
    count: u64,
    logged: Option<Instant>,
}

impl Tally {
    /// Counts one; returns how many there were since the last line if another is due.
    pub(crate) fn count(&self) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.count += 1;
        if state.logged.is_some_and(|logged| logged.elapsed() < PAUSE) {
            return None;
        }
        state.logged = Some(Instant::now());
        Some(core::mem::take(&mut state.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_said_at_once_and_the_next_are_counted() {
        let tally = Tally::default();
        assert_eq!((tally.count(), tally.count(), tally.count()), (Some(1), None, None));
        tally.0.lock().unwrap().logged = Instant::now().checked_sub(PAUSE);
        assert_eq!((tally.count(), tally.count()), (Some(3), None));
    }
}
