//! The default store: one SQLite file.
//!
//! - A write is answered after the commit that holds it, and the commit is synced to the disk.
//! - Writes that arrive together share a transaction (group commit); one thread writes.
//! - Nothing older than the retention is shown, and it is deleted in small steps, so the file does
//!   not outgrow what the retention needs.
//! - A file that is damaged, or not ours, is set aside under another name, reported, and replaced
//!   by an empty one; also when the damage shows only later. One that is deleted, moved away or cut
//!   short is missed before the next commit, and made anew.
//! - Nothing is deleted because of a clock that was set, nor ever the last there is.

mod database;
mod expiry;
mod latest;
mod notices;
mod queries;
mod readers;
mod writer;

use core::sync::atomic::{AtomicBool, Ordering};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use readings::{Mac, Timestamp};

pub use database::OpenError;

use super::backlog::Backlog;
use super::query_pool::QueryPool;
use super::{
    Answer, Grid, Keeping, Label, Mote, Sample, Selection, Series, Store, StoreError, Written,
    labels, reply,
};
use crate::moment::before;
use crate::store::queue::{Job, Queue};
use crate::tally::Tally;
use latest::Latest;
use notices::Notices;
use readers::Readers;
use writer::Writer;

/// Most readings in one transaction; more would make the first of them wait too long.
const MAX_GROUP: usize = 20_000;

/// Queries at a time; more would need more memory and not be faster.
const RUNNING: usize = 4;

/// Queries that may wait for these.
const WAITING: usize = 60;

/// Readings in an SQLite file.
pub struct Embedded {
    shared: Arc<Shared>,
    queries: QueryPool,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// What the store and its writing thread both use.
struct Shared {
    path: PathBuf,
    keeping: Keeping,
    queue: Queue,
    backlog: Backlog,
    readers: Readers,
    latest: Latest,
    notices: Notices,
    failed: Tally,
    /// Set when a reader has met damage: before the next write the file is looked at, and replaced
    /// if need be.
    suspect: AtomicBool,
}

impl Shared {
    fn new(path: PathBuf, keeping: Keeping) -> Self {
        Self {
            readers: Readers::new(path.clone()),
            path,
            keeping,
            queue: Queue::new(MAX_GROUP),
            backlog: Backlog::default(),
            latest: Latest::default(),
            notices: Notices::default(),
            failed: Tally::default(),
            suspect: AtomicBool::new(false),
        }
    }

    fn write(&self, samples: Vec<Sample>, label: Option<Label>) -> Answer<Written> {
        if !self.backlog.admit(samples.len()) {
            return Box::pin(core::future::ready(Err(StoreError::Busy)));
        }
        let (reply, answer) = reply::reply();
        self.queue.push(Job { samples, label: label.map(Box::new), reply });
        answer
    }

    /// A query has met damage.
    fn suspect(&self) {
        self.suspect.store(true, Ordering::Relaxed);
        // An empty write wakes the writing thread; its answer is of no interest.
        drop(self.write(Vec::new(), None));
    }
}

impl Embedded {
    /// The file's name in a server's data folder.
    pub const FILE_NAME: &str = "readings.db";

    /// Opens the file at `path`, or makes it, and starts the thread that writes to it. Labels that
    /// an earlier version kept beside it are taken over.
    ///
    /// # Errors
    /// If the file cannot be opened for writing. Damage is no error.
    pub fn open(path: PathBuf, keeping: impl Into<Keeping>) -> Result<Self, OpenError> {
        let shared = Arc::new(Shared::new(path, keeping.into()));
        let writer = Writer::open(Arc::clone(&shared))?;
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || writer.run())
            .map_err(OpenError::Thread)?;
        Ok(Self::with(shared, Some(thread)))
    }

    /// Opens an existing file for reading only, even while a server writes to it.
    ///
    /// # Errors
    /// If it cannot be opened, or is not such a file.
    pub fn open_read_only(path: PathBuf, keeping: impl Into<Keeping>) -> Result<Self, OpenError> {
        let keeping = keeping.into();
        let latest = database::open_reader(&path)
            .and_then(|connection| queries::latest(&connection, keeping.max_motes));
        let latest = latest.map_err(|source| OpenError::Database { path: path.clone(), source })?;
        let shared = Shared::new(path, keeping);
        shared.latest.reset(latest);
        shared.queue.close();
        Ok(Self::with(Arc::new(shared), None))
    }

    fn with(shared: Arc<Shared>, writer: Option<JoinHandle<()>>) -> Self {
        Self { shared, queries: QueryPool::new(RUNNING, WAITING), writer: Mutex::new(writer) }
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
        self.queries.run(move |gone| {
            shared.readers.with(gone, query).map_err(|error| {
                if database::is_damage(&error) {
                    shared.suspect();
                }
                if !gone.is_so()
                    && let Some(queries) = shared.failed.count()
                {
                    tracing::error!(%error, queries, "the database cannot be asked");
                }
                StoreError::Unavailable(error.to_string())
            })
        })
    }

    fn oldest_kept(&self) -> Timestamp {
        before(self.shared.keeping.clock.now(), self.shared.keeping.retention)
    }
}

impl Store for Embedded {
    fn write(&self, samples: Vec<Sample>) -> Answer<Written> {
        self.shared.write(samples, None)
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

    fn count(&self) -> Answer<usize> {
        Box::pin(core::future::ready(Ok(self.shared.latest.count())))
    }

    fn motes(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        Box::pin(core::future::ready(Ok(self.shared.latest.motes(after, limit))))
    }

    fn series(&self, macs: Vec<Mac>, grid: Grid) -> Answer<Vec<Series>> {
        let (all, oldest) = (self.shared.latest.count(), self.oldest_kept());
        self.read(move |connection| queries::series(connection, &macs, all, grid, oldest))
    }

    fn latest(&self, macs: Vec<Mac>) -> Answer<Vec<Mote>> {
        let latest = self.shared.latest.of(&macs, self.oldest_kept());
        self.read(move |connection| {
            let mote = |last: Sample| Ok(Mote { label: labels::of(connection, last.mac)?, last });
            latest.into_iter().map(mote).collect()
        })
    }

    fn label(&self, label: Label) -> Answer<bool> {
        if !self.shared.latest.contains(label.mac) {
            return Box::pin(core::future::ready(Ok(false)));
        }
        let written = self.shared.write(Vec::new(), Some(label));
        Box::pin(async { written.await.map(|_| true) })
    }

    fn check(&self) -> Answer<()> {
        let fault = self.shared.backlog.fault();
        let write = self.write(Vec::new());
        Box::pin(async move {
            write.await?;
            fault.map_or(Ok(()), |fault| Err(StoreError::Unavailable(fault)))
        })
    }

    fn notices(&self) -> Vec<String> {
        self.shared.notices.all()
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
