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

mod believed;
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
mod shared;
mod sites;
mod view;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

pub use database::OpenError;
pub use sites::SiteKeeping;

use super::query_pool::QueryPool;
use super::{Answer, Keeping, Records, Store, StoreError};
use shared::Shared;
use sites::{Found, Site};
use writer::Writer;

/// Queries at a time; more would need more memory and not be faster.
const RUNNING: usize = 4;

/// Queries that may wait for these.
const WAITING: usize = 60;

/// Readings in an SQLite file, as one site sees them: the default one, which this is opened as, or
/// another [`site`](Self::site) of the same file.
pub struct Embedded {
    file: Arc<Opened>,
    site: Arc<Site>,
}

/// The file, as long as any site of it is used.
struct Opened {
    shared: Arc<Shared>,
    queries: QueryPool,
    writer: Mutex<Option<JoinHandle<()>>>,
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
        let found = database::open_reader(&path)
            .and_then(|connection| Found::by(&connection, keeping.max_motes))
            .map_err(|source| OpenError::Database { path: path.clone(), source })?;
        let shared = Shared::new(path, keeping);
        shared.sites.reset(found);
        shared.queue.close();
        Ok(Self::with(Arc::new(shared), None))
    }

    fn with(shared: Arc<Shared>, writer: Option<JoinHandle<()>>) -> Self {
        let site = Arc::clone(shared.sites.default_site());
        let queries = QueryPool::new(RUNNING, WAITING);
        Self { file: Arc::new(Opened { shared, queries, writer: Mutex::new(writer) }), site }
    }

    /// Another site of the same file, which sees nothing of what others have, and of which nothing
    /// is seen by others. `number` is 1 at least (0 is the default site, which has no limits but
    /// those of the file), and never given to another site later. What has been stored under it is
    /// there. To ask again changes the limits, for all who have asked before.
    pub fn site(self: &Arc<Self>, number: u32, limits: SiteKeeping) -> Arc<dyn Store> {
        let site = self.file.shared.sites.of(number);
        if number > 0 {
            site.limit(limits);
        }
        Arc::new(Self { file: Arc::clone(&self.file), site })
    }

    /// Removes a site that is not the default one: it takes nothing more, shows nothing more, and
    /// what it has is deleted little by little. Once this is answered that goes on also after a
    /// restart. A site that is not known is none to be removed.
    pub fn forget_site(&self, number: u32) -> Answer<()> {
        let Shared { sites, .. } = &*self.file.shared;
        let Some(site) = sites.known(number) else {
            return Box::pin(core::future::ready(Ok(())));
        };
        site.leave();
        sites.count_motes();
        let written = self.file.shared.write(number, Records::Samples(Vec::new()), None);
        Box::pin(async { written.await.map(|_| ()) })
    }

    /// How many readings, links and events a site has, which is not the default one: these nobody
    /// counts. None if the site is not known.
    #[must_use]
    pub fn stored(&self, number: u32) -> Option<u64> {
        self.file.shared.sites.known(number).map(|site| site.stored())
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
}

impl Drop for Opened {
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
