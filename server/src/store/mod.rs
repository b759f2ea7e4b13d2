//! Where readings are kept: one trait, several implementations.

mod backlog;
mod embedded;
mod grid;
mod influx;
mod keeping;
mod labels;
mod query_pool;
mod queue;
mod reply;

use core::pin::Pin;

use readings::{Field, Mac, Reading, Timestamp};
use thiserror::Error;

pub use embedded::{Embedded, OpenError};
pub use grid::{Bucketing, Grid, Series};
pub(crate) use influx::emit_lines;
pub use influx::{Engine, Influx, InfluxConfig, Protocol};
pub use keeping::Keeping;
pub use labels::Label;

/// What a [`Store`] answers, some time later.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// Keeps readings for a limited time. A reading's identity is `(mac, time)`: writing it twice
/// keeps it once.
pub trait Store: Send + Sync {
    /// Writes samples. The answer comes when they are safe, not when they are received.
    fn write(&self, samples: Vec<Sample>) -> Answer<Written>;

    /// At most `limit` samples of a selection, starting behind the one named by `after`. The order
    /// is the store's own, but each mote's samples ascend in time.
    fn page(
        &self,
        selection: Selection,
        after: Option<(Mac, Timestamp)>,
        limit: usize,
    ) -> Answer<Vec<Sample>>;

    /// How many motes have readings, and perhaps some that had.
    fn count(&self) -> Answer<usize>;

    /// At most `limit` of those motes, ascending, behind `after`.
    fn motes(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>>;

    /// The mean of each bucket of `grid`, for each of these motes that has any sample in it, ordered
    /// by mote. The answer is as large as motes × buckets: whoever asks keeps both in bounds.
    fn series(&self, macs: Vec<Mac>, grid: Grid) -> Answer<Vec<Series>>;

    /// The latest sample and the label of each of these motes that has a sample, ordered by mote.
    fn latest(&self, macs: Vec<Mac>) -> Answer<Vec<Mote>>;

    /// Labels a mote; an empty label takes it away. False if there is no such mote.
    fn label(&self, label: Label) -> Answer<bool>;

    /// Whether other servers may write to the same store.
    fn is_shared(&self) -> bool {
        false
    }

    /// Whether the store can take readings now.
    fn check(&self) -> Answer<()>;

    /// What somebody should know who asks how the store is, though it works.
    fn notices(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A mote as it was last heard of.
#[derive(Clone, Debug, PartialEq)]
pub struct Mote {
    /// Its latest sample.
    pub last: Sample,
    /// What people call it.
    pub label: Option<String>,
}

/// One temperature of one mote, at a moment that is known: a [`Reading`] as it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The mote that measured.
    pub mac: Mac,
    /// When it was measured.
    pub time: Timestamp,
    /// In °C.
    pub temperature: f64,
}

impl From<Sample> for Reading {
    fn from(sample: Sample) -> Self {
        Self::temperature(sample.mac, sample.temperature, Some(sample.time))
    }
}

/// Some of the stored samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// Of these motes; of all, if empty.
    pub macs: Vec<Mac>,
    /// Not before.
    pub from: Timestamp,
    /// Before.
    pub to: Timestamp,
}

/// What became of the samples of one write. Those that are not listed are newly stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Indices of the samples that had been stored before, ascending.
    pub repeated: Vec<usize>,
    /// What the store refuses for good, by ascending index.
    pub refused: Vec<Refused>,
}

/// A sample that the store will never take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its index among the samples written.
    pub index: usize,
    /// The field at fault.
    pub field: Field,
    /// The store's reason.
    pub reason: String,
}

/// A store cannot answer now; trying again later may succeed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// More readings are waiting than the store can take in reasonable time.
    #[error("too many readings are waiting to be stored")]
    Busy,
    /// More queries are waiting than the store can answer in reasonable time.
    #[error("too many queries are waiting to be answered")]
    TooManyQueries,
    /// The store does not work at the moment. The reason is for the log: it may name addresses,
    /// queries and files, which are nobody else's business.
    #[error("the store is not available; the server's log says why")]
    Unavailable(String),
}
