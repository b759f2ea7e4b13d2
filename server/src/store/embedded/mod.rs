//! The default store: one SQLite file.
//!
//! - A write is answered after the commit that holds it, and the commit is synced to the disk.
//! - Writes that arrive together share a transaction (group commit); one thread writes.
//! - Nothing older than the retention is shown, and it is deleted in small steps, so the file does
//!   not outgrow what the retention needs.
//! - A file that is damaged, or not ours, is set aside under another name, reported, and replaced
//!   by an empty one; also when the damage shows only later.

mod database;
mod expiry;
mod latest;
mod queries;
mod readers;
mod writer;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use readings::{Mac, Timestamp};

pub use database::OpenError;

use super::backlog::Backlog;
use super::{Answer, Grid, Sample, Selection, Series, Store, StoreError, Written, reply};
use crate::moment::before;
use crate::store::queue::{Job, Queue};
use latest::Latest;
use readers::Readers;
use writer::Writer;

/// Most readings in one transaction; more would make the first of them wait too long.
const MAX_GROUP: usize = 20_000;

/// Readings in an SQLite file.
pub struct Embedded {
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// What the store and its writing thread both use.
struct Shared {
    path: PathBuf,
    retention: Duration,
    queue: Queue,
    backlog: Backlog,
    readers: Readers,
    latest: Latest,
    /// Set when a reader has met damage: before the next write the file is looked at, and replaced
    /// if need be.
    suspect: AtomicBool,
}

impl Shared {
    fn new(path: PathBuf, retention: Duration) -> Self {
        Self {
            readers: Readers::new(path.clone()),
            path,
            retention,
            queue: Queue::new(MAX_GROUP),
            backlog: Backlog::default(),
            latest: Latest::default(),
            suspect: AtomicBool::new(false),
        }
    }

    fn write(&self, samples: Vec<Sample>) -> Answer<Written> {
        if !self.backlog.admit(samples.len()) {
            return Box::pin(core::future::ready(Err(StoreError::Busy)));
        }
        let (reply, answer) = reply::reply();
        self.queue.push(Job { samples, reply });
        answer
    }
}

impl Embedded {
    /// The file's name in a server's data folder.
    pub const FILE_NAME: &str = "readings.db";

    /// Opens the file at `path`, or makes it, and starts the thread that writes to it.
    ///
    /// # Errors
    /// If the file cannot be opened for writing. Damage is no error.
    pub fn open(path: PathBuf, retention: Duration) -> Result<Self, OpenError> {
        let shared = Arc::new(Shared::new(path, retention));
        let writer = Writer::open(Arc::clone(&shared))?;
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || writer.run())
            .map_err(OpenError::Thread)?;
        Ok(Self { shared, writer: Mutex::new(Some(thread)) })
    }

    /// Opens an existing file for reading only, even while a server writes to it.
    ///
    /// # Errors
    /// If it cannot be opened, or is not such a file.
    pub fn open_read_only(path: PathBuf, retention: Duration) -> Result<Self, OpenError> {
        let connection = database::open_reader(&path);
        let latest = connection.and_then(|connection| queries::latest(&connection));
        let latest = latest.map_err(|source| OpenError::Database { path: path.clone(), source })?;
        let shared = Shared::new(path, retention);
        shared.latest.reset(latest);
        shared.queue.close();
        Ok(Self { shared: Arc::new(shared), writer: Mutex::new(None) })
    }

    /// Copies an existing file to `target`, which must not exist, even while a server writes to
    /// it. The copy is a whole database of its own, as of the moment this is called.
    ///
    /// # Errors
    /// If either file cannot be opened, or the disk is full.
    pub fn back_up(path: &Path, target: &Path) -> Result<(), OpenError> {
        let fault = |source| OpenError::Database { path: path.to_owned(), source };
        let connection = database::open_reader(path).map_err(fault)?;
        let target = target.to_string_lossy();
        connection.execute("VACUUM INTO ?1", [target]).map_err(fault)?;
        Ok(())
    }

    fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Answer<T> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let with = Arc::clone(&shared);
            let answer = tokio::task::spawn_blocking(move || with.readers.with(query))
                .await
                .map_err(|error| StoreError::Unavailable(error.to_string()))?;
            answer.map_err(|error| {
                if database::is_damage(&error) {
                    shared.suspect.store(true, Ordering::Relaxed);
                    // An empty write wakes the writing thread; its answer is of no interest.
                    drop(shared.write(Vec::new()));
                }
                StoreError::Unavailable(error.to_string())
            })
        })
    }

    fn oldest_kept(&self) -> Timestamp {
        before(Timestamp::now(), self.shared.retention)
    }
}

impl Store for Embedded {
    fn write(&self, samples: Vec<Sample>) -> Answer<Written> {
        self.shared.write(samples)
    }

    fn page(
        &self,
        mut selection: Selection,
        after: Option<(Mac, Timestamp)>,
        limit: usize,
    ) -> Answer<Vec<Sample>> {
        selection.from = selection.from.max(self.oldest_kept());
        self.read(move |connection| queries::page(connection, &selection, after, limit))
    }

    fn series(&self, macs: Vec<Mac>, grid: Grid) -> Answer<Vec<Series>> {
        let oldest = self.oldest_kept();
        self.read(move |connection| queries::series(connection, &macs, grid, oldest))
    }

    fn latest(&self) -> Answer<Vec<Sample>> {
        Box::pin(core::future::ready(Ok(self.shared.latest.since(self.oldest_kept()))))
    }

    fn check(&self) -> Answer<()> {
        let fault = self.shared.backlog.fault();
        let write = self.write(Vec::new());
        Box::pin(async move {
            write.await?;
            fault.map_or(Ok(()), |fault| Err(StoreError::Unavailable(fault)))
        })
    }
}

impl Drop for Embedded {
    /// Waits until everything that was accepted is committed.
    fn drop(&mut self) {
        self.shared.queue.close();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if writer.is_some_and(|writer| writer.join().is_err()) {
            tracing::error!("the writing thread panicked");
        }
    }
}
