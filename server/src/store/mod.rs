//! Where readings, links and events are kept: one trait, several implementations.

mod backlog;
#[cfg(feature = "cluster")]
mod cluster;
#[cfg(not(feature = "cluster"))]
#[path = "no_cluster.rs"]
mod cluster;
mod cluster_config;
mod embedded;
mod grid;
mod influx;
mod keeping;
mod labels;
mod page;
mod query_pool;
mod queue;
mod records;
mod reply;
mod scope;
mod stores;

use core::pin::Pin;

use readings::{Event, Field, Link, Mac, Quantity, Timestamp};
use thiserror::Error;
use tokio::sync::mpsc;

pub use cluster::connect_registry;
pub(crate) use cluster::open as open_cluster;
pub use cluster_config::ClusterConfig;
pub use embedded::{Embedded, OpenError, SiteKeeping};
pub use grid::{Bucketing, Grid, Series};
pub(crate) use influx::emit_lines;
pub use influx::{Engine, Influx, InfluxConfig, Protocol};
pub use keeping::Keeping;
pub use labels::Label;
pub(crate) use records::octets_of;
pub use records::{EventSelection, LinkKey, LinkSelection, Records, Sample, Selection, key_of};
pub(crate) use stores::Opened;
pub use stores::{Stores, Told};

/// What a [`Store`] answers, some time later.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// Keeps what it is given for a limited time. What has the same identity is kept once: that of a
/// reading is `(mac, quantity, time)`, of a link `(mac, neighbour, kind, time)`, of an event
/// `(name, number, mac, time)`.
pub trait Store: Send + Sync {
    /// Writes records. The answer comes when they are safe, not when they are received.
    fn write(&self, records: Records) -> Answer<Written>;

    /// The same, from this client.
    fn write_from(&self, _client: &str, records: Records) -> Answer<Written> {
        self.write(records)
    }

    /// Whether what is written is announced by way of [`heard`](Self::heard), and so by nobody else.
    fn announces(&self) -> bool {
        false
    }

    /// Tells all servers that share the store what a gateway says of itself, as far as they can be told.
    fn pass_on(&self, _client: &str, _json: &[u8]) {}

    /// What all servers that share the store write, this one included; handed out once.
    fn heard(&self) -> Option<mpsc::Receiver<Heard>> {
        None
    }

    /// At most `limit` samples of a selection, starting behind the one named by `after`. The order
    /// is the store's own, but each mote's samples ascend in time.
    fn page(
        &self,
        selection: Selection,
        after: Option<(Mac, Timestamp)>,
        limit: usize,
    ) -> Answer<Vec<Sample>>;

    /// How many motes have temperatures, and perhaps some that had.
    fn count(&self) -> Answer<usize>;

    /// At most `limit` of those motes, ascending, behind `after`.
    fn motes(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>>;

    /// The same of all motes of which anything is kept.
    fn known(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>>;

    /// The mean of each bucket of `grid`, for each of these motes that has any sample in it, ordered
    /// by mote. The answer is as large as motes × buckets: whoever asks keeps both in bounds.
    fn series(&self, quantity: Quantity, macs: Vec<Mac>, grid: Grid) -> Answer<Vec<Series>>;

    /// The latest temperature and the label of each of these motes that has one, ordered by mote.
    fn latest(&self, macs: Vec<Mac>) -> Answer<Vec<Mote>>;

    /// The newest sample of each of these quantities of each of these motes, not before `from` and
    /// not after `at`. Whoever asks keeps motes × quantities in bounds.
    fn newest(
        &self,
        macs: Vec<Mac>,
        quantities: Vec<Quantity>,
        from: Timestamp,
        at: Timestamp,
    ) -> Answer<Vec<Sample>>;

    /// At most `limit` links of a selection by time, behind the one named by `after`.
    fn links(
        &self,
        selection: LinkSelection,
        after: Option<LinkKey>,
        limit: usize,
    ) -> Answer<Vec<Link>>;

    /// The newest of each way between two motes that a selection has, but no more than `limit`.
    fn newest_links(&self, selection: LinkSelection, limit: usize) -> Answer<Vec<Link>>;

    /// At most `limit` events of a selection, newest first, and no more than some 256 KiB of them.
    fn events(&self, selection: EventSelection, limit: usize) -> Answer<Vec<Event>>;

    /// What people call these motes, as far as they do.
    fn labels(&self, macs: Vec<Mac>) -> Answer<Vec<Label>>;

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

/// Most octets of events in one answer of a store, about.
pub(crate) const EVENTS: usize = 256 << 10;

/// A mote as it was last heard of.
#[derive(Clone, Debug, PartialEq)]
pub struct Mote {
    /// Its latest temperature.
    pub last: Sample,
    /// What people call it.
    pub label: Option<String>,
}

/// What some server has written, and is stored, or was told.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Records, without those that were heard before.
    Records {
        /// Who has brought them.
        client: String,
        /// All of one kind.
        records: Records,
        /// Whether this server has taken them.
        is_ours: bool,
    },
    /// What a gateway says of itself.
    Status {
        /// Who says it.
        client: String,
        /// As it was said.
        json: Vec<u8>,
    },
    /// A label; an empty one was taken away.
    Label(Label),
}

/// What became of the records of one write. Those that are not listed are newly stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Indices of the records that had been stored before, ascending.
    pub repeated: Vec<usize>,
    /// What the store refuses for good, by ascending index.
    pub refused: Vec<Refused>,
}

/// A record that the store will never take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its index among the records written.
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
    /// A site has as many stored as it may have. What was to be written is not at fault: there will
    /// be room for it once older ones have gone, or the limit is raised.
    #[error(
        "as many readings are stored here as may be ({max_readings}); older ones make room in time, \
         or the operator raises stored_readings"
    )]
    Full {
        /// The limit.
        max_readings: u64,
    },
    /// The store does not work at the moment. The reason is for the log: it may name addresses,
    /// queries and files, which are nobody else's business.
    #[error("the store is not available; the server's log says why")]
    Unavailable(String),
}
