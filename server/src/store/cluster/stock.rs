use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::store::StoreError;

/// Between two counts.
const INTERVAL: Duration = Duration::from_secs(60);

/// How long it may take until the history has what was heard. What was heard later than that before a
/// count is counted once more: so a site may be taken to have that more than it has, but not less.
const LAG: Duration = Duration::from_secs(4);

/// How many readings, links and events a site has, if it may not have any number: the history counts them
/// now and then, and what is heard since then is added.
#[derive(Default)]
pub(super) struct Stock {
    /// 0: any number.
    limit: AtomicU64,
    /// Those that were heard since this server began.
    heard: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When it was begun to count, and how many had been heard by then.
    begun: Option<(Instant, u64)>,
    /// When that was done, and what the history had, less what had been heard when it was begun.
    counted: Option<(Instant, i64)>,
}

impl Stock {
    /// At most so many; none: any number.
    pub(super) fn limit(&self, most: Option<u32>) {
        self.limit.store(most.unwrap_or_default().into(), Ordering::Relaxed);
        if most.is_none() {
            *self.lock() = State::default();
        }
    }

    /// So many are new.
    pub(super) fn hear(&self, count: usize) {
        self.heard.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Whether the history is to be asked now. Looked at now and then, it also begins a count.
    pub(super) fn is_due(&self) -> bool {
        if self.limit.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let mut state = self.lock();
        if state.counted.is_some_and(|(at, _)| at.elapsed() < INTERVAL) {
            return false;
        }
        let now = || (Instant::now(), self.heard.load(Ordering::Relaxed));
        let (begun, _) = *state.begun.get_or_insert_with(now);
        begun.elapsed() >= LAG
    }

    /// The history has so many.
    pub(super) fn count(&self, count: u64) {
        let mut state = self.lock();
        if let Some((_, heard)) = state.begun.take() {
            let base = count.cast_signed() - heard.cast_signed();
            state.counted = Some((Instant::now(), base));
        }
    }

    /// How many there are, if they are counted.
    pub(super) fn amount(&self) -> Option<u64> {
        let (_, base) = self.lock().counted?;
        let heard = self.heard.load(Ordering::Relaxed);
        Some((base + heard.cast_signed()).max(0).cast_unsigned())
    }

    /// Whether there is room for so many more. Until they were counted there is.
    pub(super) fn admit(&self, more: usize) -> Result<(), StoreError> {
        let max_readings = self.limit.load(Ordering::Relaxed);
        match self.amount() {
            Some(amount) if max_readings > 0 && amount + more as u64 > max_readings => {
                Err(StoreError::Full { max_readings })
            }
            _ => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_heard_since_the_count_is_added_to_it() {
        let stock = Stock::default();
        stock.hear(7);
        assert_eq!((stock.is_due(), stock.amount()), (false, None));
        stock.limit(Some(100));
        assert!(!stock.is_due(), "the history may not have them yet");
        // Before the history counts more comes.
        stock.hear(5);
        stock.lock().begun.as_mut().unwrap().0 -= LAG;
        assert!(stock.is_due());
        assert!(stock.admit(1000).is_ok(), "it is not known how many there are");
        stock.count(90);
        assert_eq!((stock.amount(), stock.is_due()), (Some(95), false));
        assert!(stock.admit(5).is_ok());
        assert_eq!(stock.admit(6), Err(StoreError::Full { max_readings: 100 }));
        stock.hear(5);
        assert!(stock.admit(1).is_err());
        stock.limit(Some(200));
        assert!(stock.admit(100).is_ok());
        stock.limit(None);
        assert_eq!((stock.amount(), stock.admit(1000)), (None, Ok(())));
    }
}
