use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Most readings that may wait for a writer.
const MAX_WAITING: usize = 100_000;

/// What a store's writers and those who wait for them both see.
#[derive(Default)]
pub(super) struct Backlog {
    waiting: AtomicUsize,
    fault: Mutex<Option<Fault>>,
}

struct Fault {
    reason: String,
    /// Until then nothing is tried.
    paused_until: Instant,
}

impl Backlog {
    /// Counts `readings` in, unless too many wait already.
    pub(super) fn admit(&self, readings: usize) -> bool {
        self.waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| {
                Some(waiting + readings).filter(|&total| total <= MAX_WAITING)
            })
            .is_ok()
    }

    /// Counts out readings that are answered.
    pub(super) fn release(&self, readings: usize) {
        self.waiting.fetch_sub(readings, Ordering::Relaxed);
    }

    /// Notes how the last write went: None, or why it failed and for how long not to try again.
    /// Each change is logged once.
    pub(super) fn set_fault(&self, fault: Option<(&str, Duration)>) {
        let mut current = self.lock();
        match (&*current, fault) {
            (None, Some((reason, _))) => tracing::error!(reason, "readings cannot be stored"),
            (Some(_), None) => tracing::info!("readings are stored again"),
            _ => {}
        }
        *current = fault.map(|(reason, pause)| Fault {
            reason: reason.to_owned(),
            paused_until: Instant::now() + pause,
        });
    }

    /// Why the last write failed, if it did.
    pub(super) fn fault(&self) -> Option<String> {
        self.lock().as_ref().map(|fault| fault.reason.clone())
    }

    /// The same, while it is too early to try again.
    pub(super) fn pause(&self) -> Option<String> {
        let fault = self.lock();
        let paused = fault.as_ref().filter(|fault| Instant::now() < fault.paused_until);
        paused.map(|fault| fault.reason.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Fault>> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backlog_is_bounded() {
        let backlog = Backlog::default();
        assert!(backlog.admit(60_000));
        assert!(!backlog.admit(40_001));
        assert!(backlog.admit(40_000));
        backlog.release(60_000);
        assert!(backlog.admit(60_000));
    }

    #[test]
    fn a_fault_is_remembered_until_a_write_succeeds() {
        let backlog = Backlog::default();
        backlog.set_fault(Some(("no disk", Duration::MAX / 4)));
        assert_eq!(backlog.pause().as_deref(), Some("no disk"));
        backlog.set_fault(Some(("no disk", Duration::ZERO)));
        assert_eq!((backlog.pause(), backlog.fault().as_deref()), (None, Some("no disk")));
        backlog.set_fault(None);
        assert_eq!(backlog.fault(), None);
    }
}
