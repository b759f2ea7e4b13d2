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
mod events;
mod expiry;
mod insertion;
mod latest;
mod links;
mod notices;
mod quantities;
mod queries;
mod readers;
mod writer;

use core::sync::atomic::{AtomicBool, Ordering};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use readings::{Event, Link, Mac, Quantity, Timestamp};

pub use database::OpenError;

use super::backlog::Backlog;
use super::query_pool::QueryPool;
use super::{
    Answer, EventSelection, Grid, Keeping, Label, LinkKey, LinkSelection, Mote, Records, Sample,
    Selection, Series, Store, StoreError, Written, labels, page, reply,
};
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

    fn write(&self, records: Records, label: Option<Label>) -> Answer<Written> {
        if !self.backlog.admit(records.weight()) {
            return Box::pin(core::future::ready(Err(StoreError::Busy)));
        }
        let (reply, answer) = reply::reply();
        self.queue.push(Job { records, label: label.map(Box::new), reply });
        answer
    }

    /// A query has met damage.
    fn suspect(&self) {
        self.suspect.store(true, Ordering::Relaxed);
        // An empty write wakes the writing thread; its answer is of no interest.
        drop(self.write(Records::Samples(Vec::new()), None));
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
        let known = database::open_reader(&path).and_then(|connection| {
            let latest = queries::latest(&connection, keeping.max_motes)?;
            Ok((latest, quantities::heard(&connection, keeping.max_motes)?))
        });
        let (latest, heard) =
            known.map_err(|source| OpenError::Database { path: path.clone(), source })?;
        let shared = Shared::new(path, keeping);
        shared.latest.reset(latest, heard);
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
        self.oldest_of(Quantity::TEMPERATURE)
    }

    fn oldest_of(&self, quantity: Quantity) -> Timestamp {
        let keeping = &self.shared.keeping;
        keeping.oldest(keeping.retention_of(quantity))
    }

    /// Of what is no reading.
    fn oldest_other(&self) -> Timestamp {
        self.shared.keeping.oldest(self.shared.keeping.network_retention)
    }
}

impl Store for Embedded {
    fn write(&self, records: Records) -> Answer<Written> {
        self.shared.write(records, None)
    }

    fn page(
        &self,
        mut selection: Selection,
        after: Option<(Mac, Timestamp)>,
        limit: usize,
    ) -> Answer<Vec<Sample>> {
        selection.from = selection.from.max(self.oldest_of(selection.quantity));
        if selection.quantity == Quantity::TEMPERATURE {
            return self
                .read(move |connection| queries::page(connection, &selection, after, limit));
        }
        let shared = Arc::clone(&self.shared);
        self.read(move |connection| {
            let known = || Ok(shared.latest.known(None, usize::MAX));
            let ask = |part: &page::Part| quantities::samples(connection, part);
            page::page(selection, after, limit, known, ask)
        })
    }

    fn count(&self) -> Answer<usize> {
        Box::pin(core::future::ready(Ok(self.shared.latest.count())))
    }

    fn motes(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        Box::pin(core::future::ready(Ok(self.shared.latest.motes(after, limit))))
    }

    fn known(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        Box::pin(core::future::ready(Ok(self.shared.latest.known(after, limit))))
    }

    fn series(&self, quantity: Quantity, macs: Vec<Mac>, grid: Grid) -> Answer<Vec<Series>> {
        let oldest = self.oldest_of(quantity);
        if quantity != Quantity::TEMPERATURE {
            return self.read(move |connection| {
                quantities::series(connection, quantity, &macs, grid, oldest)
            });
        }
        let all = self.shared.latest.count();
        self.read(move |connection| queries::series(connection, &macs, all, grid, oldest))
    }

    fn latest(&self, macs: Vec<Mac>) -> Answer<Vec<Mote>> {
        let latest = self.shared.latest.of(&macs, self.oldest_kept());
        self.read(move |connection| {
            let mote = |last: Sample| Ok(Mote { label: labels::of(connection, last.mac)?, last });
            latest.into_iter().map(mote).collect()
        })
    }

    fn newest(
        &self,
        macs: Vec<Mac>,
        mut quantities: Vec<Quantity>,
        from: Timestamp,
        at: Timestamp,
    ) -> Answer<Vec<Sample>> {
        let with_temperature = quantities.contains(&Quantity::TEMPERATURE);
        quantities.retain(|&quantity| quantity != Quantity::TEMPERATURE);
        let oldest = |quantity| from.max(self.oldest_of(quantity));
        let quantities: Vec<_> = quantities.into_iter().map(|it| (it, oldest(it))).collect();
        let from = oldest(Quantity::TEMPERATURE);
        self.read(move |connection| {
            let mut all = quantities::newest(connection, &macs, &quantities, at)?;
            if with_temperature {
                all.extend(queries::newest(connection, &macs, from, at)?);
            }
            Ok(all)
        })
    }

    fn links(
        &self,
        mut selection: LinkSelection,
        after: Option<LinkKey>,
        limit: usize,
    ) -> Answer<Vec<Link>> {
        selection.from = selection.from.max(self.oldest_other());
        self.read(move |connection| links::page(connection, &selection, after, limit))
    }

    fn newest_links(&self, mut selection: LinkSelection, limit: usize) -> Answer<Vec<Link>> {
        selection.from = selection.from.max(self.oldest_other());
        self.read(move |connection| links::newest(connection, &selection, limit))
    }

    fn events(&self, mut selection: EventSelection, limit: usize) -> Answer<Vec<Event>> {
        selection.from = selection.from.max(self.oldest_other());
        self.read(move |connection| events::page(connection, &selection, limit))
    }

    fn labels(&self, macs: Vec<Mac>) -> Answer<Vec<Label>> {
        self.read(move |connection| {
            let label = |mac| Ok(labels::of(connection, mac)?.map(|text| Label { mac, text }));
            macs.into_iter().filter_map(|mac| label(mac).transpose()).collect()
        })
    }

    fn label(&self, label: Label) -> Answer<bool> {
        if !self.shared.latest.contains(label.mac) {
            return Box::pin(core::future::ready(Ok(false)));
        }
        let written = self.shared.write(Records::Samples(Vec::new()), Some(label));
        Box::pin(async { written.await.map(|_| true) })
    }

    fn check(&self) -> Answer<()> {
        let fault = self.shared.backlog.fault();
        let write = self.write(Records::Samples(Vec::new()));
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
        // The writer is to be the last that closes the file, as readers leave the journal as it is;
        // and it may close it as soon as the queue is closed.
        self.shared.readers.forget();
        self.shared.queue.close();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if writer.is_some_and(|writer| writer.join().is_err()) {
            tracing::error!("the writing thread panicked");
        }
    }
}
