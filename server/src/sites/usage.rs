use core::num::NonZeroU32;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use readings::Timestamp;
use serde::Serialize;

use super::Limits;
use crate::meter::Meter;
use crate::refusal::RequestError;

/// What may be taken at once after a pause, in seconds' worth.
const BURST: f64 = 10.0;

/// What a site has used since the server was started, and what it may use.
pub(crate) struct Usage {
    since: Timestamp,
    sent: Shared,
    queries: Shared,
    stored: AtomicU64,
    repeated: AtomicU64,
    refused: AtomicU64,
    queried: AtomicU64,
    /// How much of that other servers were told.
    told: AtomicU64,
}

/// A meter for the requests of many threads.
struct Shared(Mutex<Meter>);

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    /// Readings, links and events that were newly stored.
    pub(crate) stored: u64,
    /// The same that were stored already.
    pub(crate) repeated: u64,
    /// The same that were refused, each with its reason.
    pub(crate) refused: u64,
    /// Stored readings that queries have looked at.
    pub(crate) queried: u64,
}

impl Usage {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            since: Timestamp::now(),
            sent: Shared::new(limits.readings_per_second),
            queries: Shared::new(limits.queried_per_second),
            stored: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            queried: AtomicU64::new(0),
            told: AtomicU64::new(0),
        }
    }

    /// Goes by other limits from now on.
    pub(super) fn limit(&self, limits: &Limits) {
        self.sent.lock().set(limits.readings_per_second);
        self.queries.lock().set(limits.queried_per_second);
    }

    /// So many readings were sent, and may be taken.
    pub(crate) fn send(&self, count: usize) -> Result<(), RequestError> {
        let mut sent = self.sent.lock();
        let looked = sent.look(Instant::now());
        looked.map_err(|retry_after| RequestError::TooMuchSent { retry_after })?;
        sent.take(count);
        Ok(())
    }

    /// So many were sent to another server, which has taken them.
    pub(crate) fn sent_elsewhere(&self, count: usize) {
        self.sent.lock().take(count);
    }

    /// A query may be answered.
    pub(super) fn ask(&self) -> Result<(), RequestError> {
        let looked = self.queries.lock().look(Instant::now());
        looked.map_err(|retry_after| RequestError::TooMuchAsked { retry_after })
    }

    /// A query has looked at so many readings.
    pub(super) fn asked(&self, count: usize) {
        self.queries.lock().take(count);
        self.queried.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// So many queries have looked at since this was asked last.
    pub(super) fn untold(&self) -> u64 {
        let queried = self.queried.load(Ordering::Relaxed);
        queried - self.told.swap(queried, Ordering::Relaxed)
    }

    /// A query of another server has looked at so many.
    pub(super) fn asked_elsewhere(&self, count: u64) {
        self.queries.lock().take(usize::try_from(count).unwrap_or(usize::MAX));
    }

    /// What became of what was sent.
    pub(crate) fn count(&self, stored: usize, repeated: usize) {
        self.stored.fetch_add(stored as u64, Ordering::Relaxed);
        self.repeated.fetch_add(repeated as u64, Ordering::Relaxed);
    }

    /// So many were refused.
    pub(crate) fn refuse(&self, count: usize) {
        self.refused.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Since when it is counted.
    pub(super) const fn since(&self) -> Timestamp {
        self.since
    }

    pub(crate) fn counts(&self) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            stored: of(&self.stored),
            repeated: of(&self.repeated),
            refused: of(&self.refused),
            queried: of(&self.queried),
        }
    }
}

impl Shared {
    fn new(rate: Option<NonZeroU32>) -> Self {
        Self(Mutex::new(Meter::new(rate, BURST)))
    }

    fn lock(&self) -> MutexGuard<'_, Meter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
