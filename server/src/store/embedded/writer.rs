//! The one thread that writes.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use readings::Timestamp;
use rusqlite::{Connection, TransactionBehavior, params};

use super::{OpenError, Shared, StoreError, Written, database, expiry, queries};
use crate::moment::before;
use crate::store::queue::{Job, Taken};
use crate::store::reply;

/// Pause between two looks for readings that are too old.
const PURGE_INTERVAL: Duration = Duration::from_secs(10);

pub(super) struct Writer {
    shared: Arc<Shared>,
    /// None while the file cannot be opened.
    connection: Option<Connection>,
}

impl Writer {
    pub(super) fn open(shared: Arc<Shared>) -> Result<Self, OpenError> {
        let connection = open(&shared)?;
        Ok(Self { shared, connection: Some(connection) })
    }

    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self) {
        let mut next_purge = Instant::now();
        loop {
            match self.shared.queue.take(Some(next_purge)) {
                Taken::Group(group) => self.write_group(group),
                Taken::Nothing => {}
                Taken::End => break,
            }
            if Instant::now() >= next_purge && !self.purge() {
                next_purge = Instant::now() + PURGE_INTERVAL;
            }
        }
    }

    fn write_group(&mut self, group: Vec<Job>) {
        if self.shared.suspect.swap(false, Ordering::Relaxed) {
            self.reopen();
        }
        let written = self.insert(&group);
        let Shared { backlog, queue, latest, .. } = &*self.shared;
        backlog.release(group.iter().map(|job| job.samples.len()).sum());
        queue.finish(group.len());
        let fault = written.as_ref().err();
        backlog.set_fault(fault.map(|reason| (reason.as_str(), Duration::ZERO)));
        let outcomes: Vec<_> = match written {
            Ok(answers) => {
                latest.update(group.iter().flat_map(|job| &job.samples));
                answers.into_iter().map(Ok).collect()
            }
            Err(fault) => vec![Err(StoreError::Unavailable(fault)); group.len()],
        };
        reply::send(group.into_iter().zip(outcomes).collect());
    }

    /// Commits the group, in a new file if the old one turns out to be damaged.
    fn insert(&mut self, group: &[Job]) -> Result<Vec<Written>, String> {
        if let Some(connection) = &mut self.connection {
            match insert(connection, group) {
                Ok(answers) => return Ok(answers),
                Err(error) if database::is_damage(&error) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        self.reopen();
        match &mut self.connection {
            Some(connection) => insert(connection, group).map_err(|error| error.to_string()),
            None => Err("the database cannot be opened".to_owned()),
        }
    }

    /// True if there is more to delete.
    fn purge(&mut self) -> bool {
        let cutoff = before(Timestamp::now(), self.shared.retention);
        self.shared.latest.forget_before(cutoff);
        match self.connection.as_ref().map(|connection| expiry::purge(connection, cutoff)) {
            Some(Ok(more)) => return more,
            Some(Err(error)) if database::is_damage(&error) => self.reopen(),
            Some(Err(error)) => tracing::warn!(%error, "old readings cannot be deleted"),
            None => self.reopen(),
        }
        false
    }

    /// Opens the file anew, which replaces a damaged one.
    fn reopen(&mut self) {
        // Closed before the file may be renamed: closing deletes the journal by its name.
        self.connection = None;
        self.shared.readers.forget();
        match open(&self.shared) {
            Ok(connection) => self.connection = Some(connection),
            Err(error) => tracing::error!(%error, "the database cannot be opened"),
        }
        self.shared.readers.forget();
    }
}

impl Drop for Writer {
    /// Should this thread panic, nobody waits for it in vain.
    fn drop(&mut self) {
        self.shared.queue.abandon();
    }
}

/// Opens the file, and finds each mote's latest sample.
fn open(shared: &Shared) -> Result<Connection, OpenError> {
    let connection = database::open(&shared.path)?;
    let found = queries::latest(&connection)
        .map_err(|source| OpenError::Database { path: shared.path.clone(), source })?;
    shared.latest.reset(found);
    Ok(connection)
}

/// Commits the samples of all jobs together.
fn insert(connection: &mut Connection, group: &[Job]) -> rusqlite::Result<Vec<Written>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut answers = Vec::with_capacity(group.len());
    {
        let mut insert = transaction.prepare_cached(
            "INSERT INTO readings (time, mac, temperature) VALUES (?1, ?2, ?3)
             ON CONFLICT DO NOTHING",
        )?;
        for job in group {
            let mut written = Written::default();
            for (index, sample) in job.samples.iter().enumerate() {
                let time = sample.time.as_micros();
                let row = params![time, queries::key(sample.mac), sample.temperature];
                if insert.execute(row)? == 0 {
                    written.repeated.push(index);
                }
            }
            answers.push(written);
        }
    }
    transaction.commit()?;
    Ok(answers)
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
        let shared = Arc::new(Shared::new(path, Duration::MAX));
        let mut writer = Writer::open(Arc::clone(&shared)).unwrap();
        let commits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&commits);
        let count = move || counted.fetch_add(1, Ordering::Relaxed) > 1_000_000;
        let connection = writer.connection.as_mut().unwrap();
        connection.commit_hook(Some(count)).unwrap();

        let mut answers = Vec::new();
        for mac in 0..100 {
            let (reply, answer) = reply::reply();
            // Two motes report the same reading twice.
            let sample = |time| Sample {
                mac: Mac::from([mac % 50; 8]),
                time: Timestamp::from_micros(time),
                temperature: 20.0,
            };
            let samples: Vec<_> = (7..9).map(sample).collect();
            assert!(shared.backlog.admit(samples.len()));
            shared.queue.push(Job { samples, reply });
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
