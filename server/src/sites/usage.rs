use core::sync::atomic::{AtomicU64, Ordering};

use readings::Timestamp;
use serde::Serialize;

use super::Limits;
use super::meter::Meter;
use crate::refusal::RequestError;

/// What a site has used since the server was started, and what it may use.
pub(crate) struct Usage {
    since: Timestamp,
    sent: Meter,
    queries: Meter,
    stored: AtomicU64,
    repeated: AtomicU64,
    refused: AtomicU64,
    queried: AtomicU64,
}

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
            sent: Meter::new(limits.readings_per_second),
            queries: Meter::new(limits.queried_per_second),
            stored: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            queried: AtomicU64::new(0),
        }
    }

    /// Goes by other limits from now on.
    pub(super) fn limit(&self, limits: &Limits) {
        self.sent.set(limits.readings_per_second);
        self.queries.set(limits.queried_per_second);
    }

    /// So many readings were sent, and may be taken.
    pub(crate) fn send(&self, count: usize) -> Result<(), RequestError> {
        self.sent.look().map_err(|retry_after| RequestError::TooMuchSent { retry_after })?;
        self.sent.take(count);
        Ok(())
    }

    /// So many were sent to another server, which has taken them.
    pub(crate) fn sent_elsewhere(&self, count: usize) {
        self.sent.take(count);
    }

    /// A query may be answered.
    pub(super) fn ask(&self) -> Result<(), RequestError> {
        self.queries.look().map_err(|retry_after| RequestError::TooMuchAsked { retry_after })
    }

    /// A query has looked at so many readings.
    pub(super) fn asked(&self, count: usize) {
        self.queries.take(count);
        self.queried.fetch_add(count as u64, Ordering::Relaxed);
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
