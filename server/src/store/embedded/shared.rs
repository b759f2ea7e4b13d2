use core::sync::atomic::{AtomicBool, Ordering};
use std::path::PathBuf;

use super::notices::Notices;
use super::readers::Readers;
use super::sites::Sites;
use crate::store::backlog::Backlog;
use crate::store::queue::{Job, Queue};
use crate::store::{Answer, Keeping, Label, Records, StoreError, Written, reply};
use crate::tally::Tally;

/// Most readings in one transaction; more would make the first of them wait too long.
const MAX_GROUP: usize = 20_000;

/// What the store and its writing thread both use.
pub(super) struct Shared {
    pub(super) path: PathBuf,
    pub(super) keeping: Keeping,
    pub(super) queue: Queue,
    pub(super) backlog: Backlog,
    pub(super) readers: Readers,
    pub(super) sites: Sites,
    pub(super) notices: Notices,
    pub(super) failed: Tally,
    /// Set when a reader has met damage: before the next write the file is looked at, and replaced
    /// if need be.
    pub(super) suspect: AtomicBool,
}

impl Shared {
    pub(super) fn new(path: PathBuf, keeping: Keeping) -> Self {
        Self {
            readers: Readers::new(path.clone()),
            path,
            keeping,
            queue: Queue::new(MAX_GROUP),
            backlog: Backlog::default(),
            sites: Sites::default(),
            notices: Notices::default(),
            failed: Tally::default(),
            suspect: AtomicBool::new(false),
        }
    }

    /// Writes what is of the site with this number.
    pub(super) fn write(
        &self,
        site: u32,
        records: Records,
        label: Option<Label>,
    ) -> Answer<Written> {
        if !self.backlog.admit(records.weight()) {
            return Box::pin(core::future::ready(Err(StoreError::Busy)));
        }
        let (reply, answer) = reply::reply();
        self.queue.push(Job { site, records, label: label.map(Box::new), reply });
        answer
    }

    /// A query has met damage.
    pub(super) fn suspect(&self) {
        self.suspect.store(true, Ordering::Relaxed);
        // An empty write wakes the writing thread; its answer is of no interest.
        drop(self.write(0, Records::Samples(Vec::new()), None));
    }
}
