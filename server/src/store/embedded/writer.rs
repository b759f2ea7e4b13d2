//! The one thread that writes.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use readings::Timestamp;
use rusqlite::{Connection, TransactionBehavior, params};
use tokio::sync::oneshot;

use super::latest::Latest;
use super::readers::Readers;
use super::{OpenError, Sample, StoreError, Written, database, expiry, queries};
use crate::moment::before;
use crate::store::backlog::Backlog;

/// Most readings in one transaction; more would make the first of them wait too long.
const MAX_GROUP: usize = 20_000;

/// Pause between two looks for readings that are too old.
const PURGE_INTERVAL: Duration = Duration::from_secs(10);

/// What the writer is told.
pub(super) enum Message {
    /// Write these.
    Write(Job),
    /// A reader met damage: look at the file, and replace it if need be.
    Verify,
}

/// Samples to be written, and where the answer goes.
pub(super) struct Job {
    pub(super) samples: Vec<Sample>,
    pub(super) reply: oneshot::Sender<Result<Written, StoreError>>,
}

pub(super) struct Writer {
    path: PathBuf,
    /// None while the file cannot be opened.
    connection: Option<Connection>,
    retention: Duration,
    backlog: Arc<Backlog>,
    readers: Arc<Readers>,
    latest: Arc<Latest>,
}

impl Writer {
    pub(super) fn open(
        path: PathBuf,
        retention: Duration,
        backlog: Arc<Backlog>,
        readers: Arc<Readers>,
        latest: Arc<Latest>,
    ) -> Result<Self, OpenError> {
        let connection = open(&path, &latest)?;
        Ok(Self { path, connection: Some(connection), retention, backlog, readers, latest })
    }

    /// Writes until every sender is gone.
    pub(super) fn run(mut self, queue: &Receiver<Message>) {
        let mut next_purge = Instant::now();
        loop {
            let pause = next_purge.saturating_duration_since(Instant::now());
            match queue.recv_timeout(pause) {
                Ok(Message::Write(first)) => self.write_group(first, queue),
                Ok(Message::Verify) => self.reopen(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if Instant::now() >= next_purge && !self.purge() {
                next_purge = Instant::now() + PURGE_INTERVAL;
            }
        }
    }

    fn write_group(&mut self, first: Job, queue: &Receiver<Message>) {
        let mut readings = first.samples.len();
        let mut group = vec![first];
        let mut verify = false;
        while readings < MAX_GROUP {
            match queue.try_recv() {
                Ok(Message::Write(job)) => {
                    readings += job.samples.len();
                    group.push(job);
                }
                Ok(Message::Verify) => verify = true,
                Err(_) => break,
            }
        }
        if verify {
            self.reopen();
        }
        let written = self.insert(&group);
        self.backlog.release(readings);
        let fault = written.as_ref().err();
        self.backlog.set_fault(fault.map(|reason| (reason.as_str(), Duration::ZERO)));
        match written {
            Ok(answers) => {
                self.latest.update(group.iter().flat_map(|job| &job.samples));
                for (job, written) in group.into_iter().zip(answers) {
                    // One who no longer waits for the answer does not need it.
                    let _ = job.reply.send(Ok(written));
                }
            }
            Err(fault) => {
                for job in group {
                    let _ = job.reply.send(Err(StoreError::Unavailable(fault.clone())));
                }
            }
        }
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
        let cutoff = before(Timestamp::now(), self.retention);
        self.latest.forget_before(cutoff);
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
        self.readers.forget();
        match open(&self.path, &self.latest) {
            Ok(connection) => self.connection = Some(connection),
            Err(error) => tracing::error!(%error, "the database cannot be opened"),
        }
        self.readers.forget();
    }
}

/// Opens the file, and finds each mote's latest sample.
fn open(path: &Path, latest: &Latest) -> Result<Connection, OpenError> {
    let connection = database::open(path)?;
    let found = queries::latest(&connection)
        .map_err(|source| OpenError::Database { path: path.to_owned(), source })?;
    latest.reset(found);
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
    use core::sync::atomic::{AtomicUsize, Ordering};

    use readings::Mac;

    use super::*;

    fn samples(mac: u8, times: core::ops::Range<i64>) -> Vec<Sample> {
        let sample = |time| Sample {
            mac: Mac::from([mac; 8]),
            time: Timestamp::from_micros(time),
            temperature: 20.0,
        };
        times.map(sample).collect()
    }

    #[test]
    fn writes_that_wait_together_share_a_commit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("readings.db");
        let readers = Arc::new(Readers::new(path.clone()));
        let mut writer =
            Writer::open(path, Duration::MAX, Arc::default(), readers, Arc::default()).unwrap();
        let commits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&commits);
        let count = move || counted.fetch_add(1, Ordering::Relaxed) > 1_000_000;
        let connection = writer.connection.as_mut().unwrap();
        connection.commit_hook(Some(count)).unwrap();

        let (jobs, queue) = std::sync::mpsc::channel();
        let mut answers = Vec::new();
        for mac in 0..100 {
            let (reply, answer) = oneshot::channel();
            assert!(writer.backlog.admit(2));
            // Two motes report the same reading twice.
            let samples = samples(mac % 50, 7..9);
            jobs.send(Message::Write(Job { samples, reply })).unwrap();
            answers.push(answer);
        }
        let Message::Write(first) = queue.recv().unwrap() else {
            panic!("a write came first");
        };
        writer.write_group(first, &queue);
        assert_eq!(commits.load(Ordering::Relaxed), 1);
        for (index, answer) in answers.into_iter().enumerate() {
            let written = answer.blocking_recv().unwrap().unwrap();
            assert_eq!(written.repeated.len(), if index < 50 { 0 } else { 2 });
        }
        assert!(writer.backlog.admit(100_000));
    }
}
