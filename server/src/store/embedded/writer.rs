//! The one thread that writes.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use readings::Timestamp;
use rusqlite::TransactionBehavior;

use super::database::Database;
use super::expiry::{Purged, Round};
use super::insertion::{Admitted, insert};
use super::notices::Notice;
use super::{OpenError, Shared, StoreError, Written, database, expiry, quantities, queries};
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
}

impl Writer {
    pub(super) fn open(shared: Arc<Shared>) -> Result<Self, OpenError> {
        let mut database = open(&shared)?;
        let folder = shared.path.parent().unwrap_or(Path::new("."));
        labels::adopt(&mut database.connection, folder);
        // What was stored by a clock that was not believed tells nothing.
        let saved = expiry::saved_time(&database.connection);
        if let Some(known) = saved.or_else(|| shared.latest.newest()) {
            shared.keeping.clock.start_from(known);
        }
        Ok(Self {
            shared,
            database: Some(database),
            saved: saved.map(|_| Instant::now()),
            round: Round::default(),
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

    fn write_group(&mut self, group: Vec<Job>) {
        if self.shared.suspect.swap(false, Ordering::Relaxed) {
            // If it cannot be opened, the write says so.
            let _ = self.reopen();
        }
        self.look();
        let Shared { backlog, queue, latest, keeping, .. } = &*Arc::clone(&self.shared);
        let count = group.iter().map(|job| job.records.len()).sum();
        let macs = group.iter().flat_map(|job| job.records.macs());
        let admitted = Admitted {
            beyond: latest.beyond(keeping.max_motes, count, macs),
            ..Admitted::default()
        };
        let admitted = Admitted { news: latest.news(admitted.others(&group)), ..admitted };
        let mut written = self.insert(&group, &admitted);
        if written.is_ok() && self.look() {
            // They were pulled away meanwhile; to write it twice stores it once.
            written = self.insert(&group, &admitted);
        }
        backlog.release(group.iter().map(|job| job.records.weight()).sum());
        queue.finish(group.len());
        let fault = written.as_ref().err();
        backlog.set_fault(fault.map(|reason| (reason.as_str(), Duration::ZERO)));
        let outcomes: Vec<_> = match written {
            Ok(answers) => {
                latest.update(admitted.temperatures(&group));
                latest.hear(admitted.news);
                answers.into_iter().map(Ok).collect()
            }
            Err(fault) => vec![Err(StoreError::Unavailable(fault)); group.len()],
        };
        reply::send(group.into_iter().zip(outcomes).collect());
    }

    /// Commits the group, in a new file if the old one turns out to be damaged.
    fn insert(&mut self, group: &[Job], admitted: &Admitted) -> Result<Vec<Written>, String> {
        if self.database.is_some() {
            match self.try_insert(group, admitted) {
                Ok(answers) => return Ok(answers),
                Err(error) if database::is_damage(&error) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        self.reopen()?;
        self.try_insert(group, admitted).map_err(|error| error.to_string())
    }

    fn try_insert(&mut self, group: &[Job], admitted: &Admitted) -> rusqlite::Result<Vec<Written>> {
        let Shared { latest, keeping, .. } = &*self.shared;
        let Some(Database { connection, .. }) = &mut self.database else {
            return Err(rusqlite::Error::InvalidQuery);
        };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let answers = insert(&transaction, group, admitted, keeping)?;
        let mut named = group.iter().filter_map(|job| job.label.as_deref()).peekable();
        if named.peek().is_some() {
            for label in named {
                labels::set(&transaction, label)?;
            }
            labels::bound(&transaction, keeping.max_motes, |mac| latest.contains(mac))?;
        }
        transaction.commit()?;
        Ok(answers)
    }

    /// True if there is more to delete.
    fn purge(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        let Keeping { retention, network_retention, clock, .. } = &shared.keeping;
        let (look, slow) = (clock.look(*retention), clock.look(*network_retention));
        if let Err(error) = self.keep_time(look) {
            tracing::warn!(%error, "the time cannot be kept");
        }
        let cutoff = self.cutoff(look, *retention);
        let network_cutoff = self.cutoff(slow, *network_retention);
        self.warn(look);
        let unheard = self.shared.latest.forget_before(cutoff, network_cutoff);
        let Some(Database { connection, files }) = &mut self.database else { return false };
        let purged = self.round.purge(connection, cutoff, network_cutoff, &unheard);
        match purged {
            Ok(Purged::Some) => return true,
            Ok(Purged::GaveBack) => files.give_back(),
            Ok(Purged::Nothing) => {}
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
                expiry::save_time(connection, is_far.then_some(look.steady))?;
                self.saved = is_far.then(Instant::now);
            }
        }
        Ok(())
    }

    /// What is older may be deleted; none if all there is would be.
    fn cutoff(&self, look: Look, retention: Duration) -> Option<Timestamp> {
        let newest = self.shared.latest.newest();
        let all = newest.is_some_and(|newest| newest < before(look.wall, retention));
        (!all).then(|| before(look.earlier(), retention))
    }

    /// Says why nothing is deleted, or not by the clock.
    fn warn(&self, look: Look) {
        let Shared { keeping, latest, notices, .. } = &*self.shared;
        let retention = keeping.retention;
        let shown = humantime::format_duration(retention);
        let newest = latest.newest();
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

    /// Opens the file anew, which replaces a damaged one, or makes one that is gone.
    fn reopen(&mut self) -> Result<(), String> {
        let labels = self.database.as_ref().map(|open| labels::all(&open.connection));
        // Closed before the file may be renamed: closing deletes the journal by its name.
        self.database = None;
        self.shared.readers.forget();
        files::remove_orphans(&self.shared.path);
        let opened = open(&self.shared);
        self.shared.readers.forget();
        let database = opened.map_err(|error| error.to_string())?;
        database::keep_labels(&database.connection, &labels.unwrap_or_default());
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
    let limit = shared.keeping.max_motes;
    let found = queries::latest(&database.connection, limit)
        .and_then(|latest| Ok((latest, quantities::heard(&database.connection, limit)?)));
    let (latest, heard) =
        found.map_err(|source| OpenError::Database { path: shared.path.clone(), source })?;
    shared.latest.reset(latest, heard);
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
        let connection = &mut writer.database.as_mut().unwrap().connection;
        connection.commit_hook(Some(count)).unwrap();

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
