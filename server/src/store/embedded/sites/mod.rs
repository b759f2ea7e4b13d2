//! The sites that share a file with the default one: what is known of each, and what it may have.

mod expiry;
mod found;
mod labels;
mod schema;
mod site;
#[cfg(test)]
mod tests;

use core::ops::Bound;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use readings::Timestamp;
use rusqlite::Connection;

use super::insertion::Part;
use crate::store::Keeping;
use crate::store::queue::Job;
use crate::store::scope::Scope;

pub(super) use expiry::Turn;
pub(super) use found::Found;
pub(super) use labels::{keep as keep_labels, of_all as labels_of_all};
pub(super) use site::Site;
pub use site::SiteKeeping;

/// All sites of a file.
pub(super) struct Sites {
    default: Arc<Site>,
    others: Mutex<BTreeMap<u32, Arc<Site>>>,
    /// How many motes these have together.
    motes_of_others: AtomicUsize,
    /// Whether the file has the tables of these.
    has_tables: AtomicBool,
}

impl Default for Sites {
    fn default() -> Self {
        Self {
            default: Arc::new(Site::new(Scope::DEFAULT)),
            others: Mutex::default(),
            motes_of_others: AtomicUsize::new(0),
            has_tables: AtomicBool::new(false),
        }
    }
}

impl Sites {
    pub(super) const fn default_site(&self) -> &Arc<Site> {
        &self.default
    }

    /// The site with this number, which begins now if it is not known.
    pub(super) fn of(&self, number: u32) -> Arc<Site> {
        if number == 0 {
            return Arc::clone(&self.default);
        }
        let new = || Arc::new(Site::new(Scope::of(number)));
        Arc::clone(self.lock().entry(number).or_insert_with(new))
    }

    /// The same, if it is known.
    pub(super) fn known(&self, number: u32) -> Option<Arc<Site>> {
        self.lock().get(&number).map(Arc::clone)
    }

    /// The next behind this one.
    fn next(&self, after: u32) -> Option<Arc<Site>> {
        let others = self.lock();
        let mut next = others.range((Bound::Excluded(after), Bound::Unbounded));
        next.next().map(|(_, site)| Arc::clone(site))
    }

    /// Whether one is to be removed.
    fn has_leaving(&self) -> bool {
        self.lock().values().any(|site| site.is_leaving())
    }

    /// The newest that there is about any mote.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        let others = self.lock().values().filter_map(|site| site.latest.newest()).max();
        others.max(self.default.latest.newest())
    }

    /// Starts over with what a file holds.
    pub(super) fn reset(&self, found: Found) {
        let Found { default: (latest, heard), others, leaving } = found;
        self.default.latest.reset(latest, heard);
        self.has_tables.store(others.is_some(), Ordering::Relaxed);
        let mut others = others.unwrap_or_default();
        for number in leaving {
            self.of(number).leave();
        }
        for &number in others.keys() {
            self.of(number);
        }
        for (number, site) in &*self.lock() {
            site.reset(others.remove(number).unwrap_or_default());
        }
        self.count_motes();
    }

    /// Whether something can be asked of the other sites.
    pub(super) fn has_tables(&self) -> bool {
        self.has_tables.load(Ordering::Relaxed)
    }

    /// Makes the other sites' tables, if these are the first records of any.
    pub(super) fn make_tables(&self, connection: &Connection) -> rusqlite::Result<()> {
        if !self.has_tables() {
            schema::make(connection)?;
            self.has_tables.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Sees whether labels that were kept have made them.
    pub(super) fn look_for_tables(&self, connection: &Connection) {
        // If that cannot be told, the next record tells.
        let is_made = schema::is_made(connection).unwrap_or_default();
        self.has_tables.store(is_made, Ordering::Relaxed);
    }

    /// Counts the motes of the other sites anew.
    pub(super) fn count_motes(&self) {
        let count = self.lock().values().map(|site| site.latest.len()).sum();
        self.motes_of_others.store(count, Ordering::Relaxed);
    }

    /// Those jobs of a group, which are ordered by site, that are of one site, together; and for
    /// which of their motes there is no room.
    pub(super) fn parts<'a>(
        &self,
        group: &'a [Job],
        sites: &'a BTreeMap<u32, Arc<Site>>,
        keeping: &Keeping,
    ) -> Vec<Part<'a>> {
        let motes = self.default.latest.len() + self.motes_of_others.load(Ordering::Relaxed);
        let count = group.iter().map(|job| job.records.len()).sum::<usize>();
        let mut room = keeping.max_motes.saturating_sub(motes);
        // Mostly there is room for all, whatever they are.
        let is_tight = count > room;
        let jobs = group.chunk_by(|one, other| one.site == other.site);
        let parts = jobs.filter_map(|jobs| {
            let site = sites.get(&jobs.first()?.site)?;
            let limit = site.limits().max_motes;
            let of_file = site.latest.len().saturating_add(room);
            let count =
                if is_tight { usize::MAX } else { jobs.iter().map(|job| job.records.len()).sum() };
            let macs = jobs.iter().flat_map(|job| job.records.macs());
            let found = site.latest.newcomers(limit.min(of_file), count, macs);
            room = room.saturating_sub(found.admitted);
            let reason = if found.beyond.is_empty() {
                String::new()
            } else {
                site.no_more_motes(limit <= of_file, keeping)
            };
            Some(Part { site, jobs, beyond: found.beyond, reason })
        });
        parts.collect()
    }

    /// The sites of a group.
    pub(super) fn of_group(&self, group: &[Job]) -> BTreeMap<u32, Arc<Site>> {
        group.iter().map(|job| (job.site, self.of(job.site))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Arc<Site>>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
