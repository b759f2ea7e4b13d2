//! The one thread that writes.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use readings::Timestamp;
use rusqlite::TransactionBehavior;

use super::database::Database;
use super::expiry::{Cutoffs, Purged, Round};
use super::insertion::{Inserted, Part};
use super::notices::Notice;
use super::shared::Shared;
use super::sites::{self, Found, Turn};
use super::{OpenError, StoreError, believed, database};
use crate::clock::{Doubt, Look};
use crate::files;
use crate::moment::before;
use crate::store::queue::{Job, Taken};
use crate::store::{Keeping, labels, reply};

/// Pause between two looks whether the files are still there.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Pause between two looks for readings that are too old.
const PURGE_INTERVAL: Duration = Duration::from_secs(10);

/// How often the time is kept while the clock is doubted, and how far off it must be for that.
const SAVE_INTERVAL: Duration = Duration::from_secs(60);

pub(super) struct Writer {
    shared: Arc<Shared>,
    /// None while the file cannot be opened.
    database: Option<Database>,
    /// When the time was kept that is believed while the clock is not.
    saved: Option<Instant>,
    /// How far the deletion of what is old has come.
    round: Round,
    /// The same of sites that are not the default one.
    turn: Turn,
}

impl Writer {
    pub(super) fn open(shared: Arc<Shared>) -> Result<Self, OpenError> {
        let mut database = open(&shared)?;
        let folder = shared.path.parent().unwrap_or(Path::new("."));
        labels::adopt(&mut database.connection, folder);
        // What was stored by a clock that was not believed tells nothing.
        let saved = believed::saved(&database.connection);
        if let Some(known) = saved.or_else(|| shared.sites.newest()) {
            shared.keeping.clock.start_from(known);
        }
        Ok(Self {
            shared,
            database: Some(database),
            saved: saved.map(|_| Instant::now()),
            round: Round::default(),
            turn: Turn::default(),
        })
    }

    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self) {
        let mut next_purge = Instant::now();
        loop {
            let next_look = (Instant::now() + LOOK_INTERVAL).min(next_purge);
            match self.shared.queue.take(Some(next_look)) {
                Taken::Group(group) => self.write_group(group),
                Taken::Nothing => {
                    self.look();
                }
                Taken::End => break,
            }
            if Instant::now() >= next_purge && !self.purge() {
                next_purge = Instant::now() + PURGE_INTERVAL;
            }
        }
    }

    /// Makes sure that what is written will be found again. True if the files had been pulled away.
    fn look(&mut self) -> bool {
        let fault = match &mut self.database {
            Some(database) => database.files.fault(),
            None => {
                // If it cannot be opened, the next write says so.
                let _ = self.reopen();
                None
            }
        };
        let Some(fault) = fault else { return false };
        tracing::error!(fault = fault.text, "the database is pulled away");
        if let Some(Database { connection, .. }) = &self.database {
            // If only the journal is gone, what was in it is saved so.
            let saved = fault.save_journal(connection, &self.shared.path);
            if let Err(error) = saved {
                tracing::error!(%error, "the journal cannot be saved");
            }
        }
        let notice = match self.reopen() {
            Ok(()) => "another was opened or made",
            Err(error) => {
                self.shared.backlog.set_fault(Some((&error, Duration::ZERO)));
                "there is none now"
            }
        };
        let when = Timestamp::now();
        let notice = format!("the database was deleted, replaced or cut short at {when}; {notice}");
        self.shared.notices.set(Notice::File, Some(notice));
        true
    }

    pub(super) fn write_group(&mut self, mut group: Vec<Job>) {
        if self.shared.suspect.swap(false, Ordering::Relaxed) {
            // If it cannot be opened, the write says so.
            let _ = self.reopen();
        }
        self.look();
        let Shared { backlog, queue, sites, keeping, .. } = &*Arc::clone(&self.shared);
        // Mostly all are of one.
        if !group.is_sorted_by_key(|job| job.site) {
            group.sort_by_key(|job| job.site);
        }
        let of_group = sites.of_group(&group);
        let parts = sites.parts(&group, &of_group, keeping);
        let mut written = self.insert(&parts);
        if written.is_ok() && self.look() {
            // They were pulled away meanwhile; to write it twice stores it once.
            written = self.insert(&parts);
        }
        backlog.release(group.iter().map(|job| job.records.weight()).sum());
        queue.finish(group.len());
        let fault = written.as_ref().err();
        backlog.set_fault(fault.map(|reason| (reason.as_str(), Duration::ZERO)));
        let outcomes: Vec<_> = match written {
            Ok(mut all) => {
                for (part, inserted) in parts.iter().zip(&mut all) {
                    part.know(inserted);
                }
                all.into_iter().flat_map(|inserted| inserted.outcomes).collect()
            }
            Err(fault) => vec![Err(StoreError::Unavailable(fault)); group.len()],
        };
        drop(parts);
        if group.iter().any(|job| job.site != 0) {
            sites.count_motes();
        }
        reply::send(group.into_iter().zip(outcomes).collect());
    }

    /// Commits the group, in a new file if the old one turns out to be damaged.
    fn insert(&mut self, parts: &[Part<'_>]) -> Result<Vec<Inserted>, String> {
        if self.database.is_some() {
            match self.try_insert(parts) {
                Ok(answers) => return Ok(answers),
                Err(error) if database::is_damage(&error) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        self.reopen()?;
        self.try_insert(parts).map_err(|error| error.to_string())
    }

    fn try_insert(&mut self, parts: &[Part<'_>]) -> rusqlite::Result<Vec<Inserted>> {
        let Shared { sites, keeping, .. } = &*self.shared;
        let Some(Database { connection, .. }) = &mut self.database else {
            return Err(rusqlite::Error::InvalidQuery);
        };
        if parts.iter().any(|part| !part.site.scope.is_default()) {
            sites.make_tables(connection)?;
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let all = parts.iter().map(|part| part.insert(&transaction)).collect::<Result<_, _>>()?;
        for part in parts {
            part.set_labels(&transaction, keeping)?;
        }
        transaction.commit()?;
        Ok(all)
    }

    /// True if there is more to delete.
    pub(super) fn purge(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        let Keeping { retention, network_retention, clock, .. } = &shared.keeping;
        let (look, slow) = (clock.look(*retention), clock.look(*network_retention));
        if let Err(error) = self.keep_time(look) {
            tracing::warn!(%error, "the time cannot be kept");
        }
        let cutoffs = Cutoffs {
            readings: self.cutoff(look, *retention),
            network: self.cutoff(slow, *network_retention),
        };
        self.warn(look);
        let default = &self.shared.sites.default_site().latest;
        let unheard = default.forget_before(cutoffs.readings, cutoffs.network);
        let Some(Database { connection, files }) = &mut self.database else { return false };
        let of_default = self.round.purge(connection, cutoffs, &unheard);
        let purged = of_default.and_then(|of_default| {
            let of_sites = self.turn.purge(connection, &self.shared.sites, cutoffs)?;
            Ok((of_default, of_sites))
        });
        match purged {
            Ok((of_default, of_sites)) => {
                if of_default == Purged::GaveBack {
                    files.give_back();
                }
                return of_default == Purged::Some || of_sites == Purged::Some;
            }
            Err(error) if database::is_damage(&error) => drop(self.reopen()),
            Err(error) => tracing::warn!(%error, "what is old cannot be deleted"),
        }
        false
    }

    /// Keeps the time that is believed for the next start, if it is far from what the clock shows.
    fn keep_time(&mut self, look: Look) -> rusqlite::Result<()> {
        let Some(Database { connection, .. }) = &self.database else { return Ok(()) };
        let is_far = before(look.wall, SAVE_INTERVAL) > look.steady;
        match self.saved {
            Some(saved) if is_far && saved.elapsed() < SAVE_INTERVAL => {}
            None if !is_far => {}
            _ => {
                believed::save(connection, is_far.then_some(look.steady))?;
                self.saved = is_far.then(Instant::now);
            }
        }
        Ok(())
    }

    /// What is older may be deleted; none if all there is would be.
    fn cutoff(&self, look: Look, retention: Duration) -> Option<Timestamp> {
        let newest = self.shared.sites.newest();
        let all = newest.is_some_and(|newest| newest < before(look.wall, retention));
        (!all).then(|| before(look.earlier(), retention))
    }

    /// Says why nothing is deleted, or not by the clock.
    fn warn(&self, look: Look) {
        let Shared { keeping, sites, notices, .. } = &*self.shared;
        let retention = keeping.retention;
        let shown = humantime::format_duration(retention);
        let newest = sites.newest();
        let all = newest.is_some_and(|newest| newest < before(look.wall, retention));
        notices.set(
            Notice::Clock,
            match look.doubt {
                Some(Doubt::Jump) => Some(format!(
                    "the clock was set while the server ran; readings are deleted by the time that \
                     has passed until it has stood for {shown}"
                )),
                _ if all => Some(format!(
                    "by this clock every reading is older than {shown}; none is deleted"
                )),
                _ => None,
            },
        );
    }

    #[cfg(test)]
    pub(super) fn connection(&mut self) -> &mut rusqlite::Connection {
        &mut self.database.as_mut().unwrap().connection
    }

    /// Opens the file anew, which replaces a damaged one, or makes one that is gone.
    fn reopen(&mut self) -> Result<(), String> {
        let labels = self.database.as_ref().map(|open| sites::labels_of_all(&open.connection));
        // Closed before the file may be renamed: closing deletes the journal by its name.
        self.database = None;
        self.shared.readers.forget();
        files::remove_orphans(&self.shared.path);
        let opened = open(&self.shared);
        self.shared.readers.forget();
        let database = opened.map_err(|error| error.to_string())?;
        sites::keep_labels(&database.connection, &labels.unwrap_or_default());
        self.shared.sites.look_for_tables(&database.connection);
        self.database = Some(database);
        Ok(())
    }
}

impl Drop for Writer {
    /// Should this thread panic, nobody waits for it in vain.
    fn drop(&mut self) {
        self.shared.queue.abandon();
    }
}

/// Opens the file, and finds what is known of each mote.
fn open(shared: &Shared) -> Result<Database, OpenError> {
    let database = database::open(&shared.path)?;
    let found = Found::by(&database.connection, shared.keeping.max_motes)
        .map_err(|source| OpenError::Database { path: shared.path.clone(), source })?;
    shared.sites.reset(found);
    Ok(database)
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::AtomicUsize;

    use readings::Mac;

    use super::*;
    use crate::store::Sample;

    #[tokio::test]
    async fn writes_that_wait_together_share_a_commit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("readings.db");
        let shared = Arc::new(Shared::new(path, Duration::MAX.into()));
        let mut writer = Writer::open(Arc::clone(&shared)).unwrap();
        let commits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&commits);
        let count = move || counted.fetch_add(1, Ordering::Relaxed) > 1_000_000;
        writer.connection().commit_hook(Some(count)).unwrap();

        let mut answers = Vec::new();
        for mac in 0..100 {
            let (reply, answer) = reply::reply();
            // Two motes report the same reading twice.
            let sample = |time| {
                let mac = Mac::from([mac % 50; 8]);
                Sample::temperature(mac, Timestamp::from_micros(time), 20.0)
            };
            let samples: Vec<_> = (7..9).map(sample).collect();
            assert!(shared.backlog.admit(samples.len()));
            shared.queue.push(Job::of(samples.into(), reply));
            answers.push(answer);
        }
        let Taken::Group(group) = shared.queue.take(None) else {
            panic!("writes came");
        };
        writer.write_group(group);
        assert_eq!(commits.load(Ordering::Relaxed), 1);
        for (index, answer) in answers.into_iter().enumerate() {
            let written = answer.await.unwrap();
            assert_eq!(written.repeated.len(), if index < 50 { 0 } else { 2 });
        }
        assert!(shared.backlog.admit(100_000));
    }
}
