use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::super::latest::Latest;
use super::found::FoundSite;
use crate::store::scope::Scope;
use crate::store::{Keeping, StoreError};

/// What a site may have of a store that it shares with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteKeeping {
    /// Most motes; readings of further ones are refused. The limit of the store as a whole is one
    /// too, however much a site may have.
    pub max_motes: usize,
    /// Most readings, links and events together; what would be more is not taken until older ones
    /// have gone.
    pub max_readings: u64,
}

/// One site: what is known of it, and what it may have.
pub(in super::super) struct Site {
    pub(in super::super) scope: Scope,
    pub(in super::super) latest: Latest,
    max_motes: AtomicUsize,
    max_readings: AtomicU64,
    /// Readings, links and events; nobody counts the default site's.
    stored: AtomicU64,
    /// It takes no more, and what it has is deleted.
    removed: AtomicBool,
    /// That is done.
    cleared: AtomicBool,
}

impl Site {
    pub(super) fn new(scope: Scope) -> Self {
        Self {
            scope,
            latest: Latest::default(),
            max_motes: AtomicUsize::new(usize::MAX),
            max_readings: AtomicU64::new(u64::MAX),
            stored: AtomicU64::new(0),
            removed: AtomicBool::new(false),
            cleared: AtomicBool::new(false),
        }
    }

    /// Starts over with what a file holds.
    pub(super) fn reset(&self, FoundSite { latest, heard, stored }: FoundSite) {
        if self.is_removed() {
            self.latest.reset(Default::default(), []);
        } else {
            self.latest.reset(latest, heard);
        }
        self.stored.store(stored, Ordering::Relaxed);
    }

    pub(in super::super) fn limits(&self) -> SiteKeeping {
        SiteKeeping {
            max_motes: self.max_motes.load(Ordering::Relaxed),
            max_readings: self.max_readings.load(Ordering::Relaxed),
        }
    }

    pub(in super::super) fn limit(&self, limits: SiteKeeping) {
        self.max_motes.store(limits.max_motes, Ordering::Relaxed);
        self.max_readings.store(limits.max_readings, Ordering::Relaxed);
    }

    pub(in super::super) fn stored(&self) -> u64 {
        self.stored.load(Ordering::Relaxed)
    }

    /// So many more are stored.
    pub(in super::super) fn add(&self, new: u64) {
        if !self.scope.is_default() {
            self.stored.fetch_add(new, Ordering::Relaxed);
        }
    }

    /// So many less.
    pub(super) fn subtract(&self, deleted: usize) {
        let less = |stored: u64| Some(stored.saturating_sub(deleted as u64));
        // It gives a value for each, so it does not fail.
        let _ = self.stored.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// For how many records there is room, if so many are about to be stored; none if the site
    /// takes nothing more.
    pub(in super::super) fn room(&self, new: u64) -> Option<u64> {
        if self.scope.is_default() {
            return Some(u64::MAX);
        }
        let left = self.limits().max_readings.saturating_sub(self.stored().saturating_add(new));
        (!self.is_removed()).then_some(left)
    }

    /// Why there is no room.
    pub(in super::super) fn full(&self) -> StoreError {
        StoreError::Full { max_readings: self.limits().max_readings }
    }

    /// Why readings of one more mote are refused: for a limit of this site, or of the whole store,
    /// whose numbers are no business of a site that is not the only one.
    pub(super) fn no_more_motes(&self, is_own: bool, keeping: &Keeping) -> String {
        if self.scope.is_default() {
            keeping.no_more_motes()
        } else if is_own {
            format!(
                "is a new mote, and this site has {} already, which is its limit (motes)",
                self.limits().max_motes
            )
        } else {
            "is a new mote, and the server has as many as it may".to_owned()
        }
    }

    pub(in super::super) fn is_removed(&self) -> bool {
        self.removed.load(Ordering::Relaxed)
    }

    /// Takes nothing more from now on, and shows nothing.
    pub(in super::super) fn leave(&self) {
        self.removed.store(true, Ordering::Relaxed);
        self.cleared.store(false, Ordering::Relaxed);
        self.latest.reset(Default::default(), []);
    }

    /// Whether there is still something to be deleted.
    pub(in super::super) fn is_leaving(&self) -> bool {
        self.is_removed() && !self.cleared.load(Ordering::Relaxed)
    }

    /// Nothing is left.
    pub(in super::super) fn clear(&self) {
        self.cleared.store(true, Ordering::Relaxed);
        self.stored.store(0, Ordering::Relaxed);
    }
}
