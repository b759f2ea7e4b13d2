//! A store that many servers share, none of which has anything that the others lack: any may be killed or
//! added at any time.
//!
//! - A write is part of a message to a log (NATS JetStream); the answer comes when a quorum of its servers
//!   has it.
//! - Every server follows the log. What is heard there, from whichever server, is what is announced, and
//!   answered with until the history has it.
//! - Every server takes messages from the log into the history (VictoriaMetrics), which acknowledges
//!   them when they are on its disk. Doing it twice is harmless: a reading's identity says so.
//! - Labels, and what sites and tokens there are, are in buckets of the log's servers, which all watch.
//! - All sites share this; each has a [`Quarter`] in it.

mod bucket;
mod follower;
mod following;
mod generation;
mod joined;
mod kept;
mod labels;
mod log;
mod message;
mod motes;
mod peers;
mod post;
mod publication;
mod publisher;
mod quarter;
mod quarters;
mod reader;
mod reads;
mod recent;
mod registry;
mod remnants;
mod room;
mod statuses;
mod stock;
mod store;
mod stored;
mod stores;
mod timeline;
mod unsettled;
mod upkeep;
mod words;
mod writer;

use core::sync::atomic::{AtomicBool, AtomicU64};
use std::io;
use std::path::Path;
use std::sync::Arc;

use readings::{Field, Quantity, Timestamp};
use tokio::runtime::Handle;

use super::backlog::Backlog;
use super::{ClusterConfig, Influx, Keeping, Opened, Records, Refused};
use follower::Follower;
use labels::Labels;
use log::Log;
use publisher::Publisher;
use quarter::Quarter;
use quarters::Quarters;
use registry::NatsRegistry;
use statuses::Statuses;
use stores::Sites;
use upkeep::Upkeep;
use writer::Writer;

pub use registry::connect as connect_registry;

/// The default site.
const DEFAULT: u32 = 0;

/// A store that many servers share, at work in `runtime`; neither its log nor its history need be up yet.
///
/// # Errors
/// If no thread can be started, or an address is none.
pub(crate) fn open(
    config: &ClusterConfig,
    keeping: Keeping,
    folder: &Path,
    runtime: &Handle,
) -> io::Result<Opened> {
    let shared = Arc::new(Shared::open(config, keeping, folder, runtime)?);
    let registry = Box::new(NatsRegistry::follow(shared.log.clone(), runtime));
    let sites = Sites { shared: Arc::clone(&shared), runtime: runtime.clone() };
    let store = Arc::new(sites.store(DEFAULT, shared.keeping.max_motes, None));
    Ok(Opened { store, stores: Some(Arc::new(sites)), registry: Some(registry) })
}

/// A site's readings in a log and a history that many servers share.
struct Cluster {
    shared: Arc<Shared>,
    quarter: Arc<Quarter>,
}

/// What the stores of all sites use.
struct Shared {
    log: Log,
    publisher: Publisher,
    backlog: Arc<Backlog>,
    quarters: Arc<Quarters>,
    statuses: Statuses,
    labels: Labels,
    /// Whether the history takes what is in the log.
    writes: Arc<AtomicBool>,
    keeping: Keeping,
}

impl Shared {
    /// Begins to follow and to write in `runtime`.
    fn open(
        config: &ClusterConfig,
        keeping: Keeping,
        folder: &Path,
        runtime: &Handle,
    ) -> io::Result<Self> {
        // Which motes are too many is said when they are posted, not when the log is written.
        let unlimited = Keeping { max_motes: usize::MAX, ..keeping.clone() };
        let history = Arc::new(Influx::open(&config.history, unlimited, folder)?);
        let log = Log::connect(config, runtime)?;
        let peers = Arc::default();
        let publisher = Publisher::start(log.clone(), Arc::clone(&peers), runtime);
        let quarters = Arc::new(Quarters::new(Arc::clone(&history)));
        let follower = Follower { log: log.clone(), peers, quarters: Arc::clone(&quarters) };
        runtime.spawn(follower.run());
        runtime.spawn(Arc::clone(&quarters).count());
        let (writes, first) = (Arc::new(AtomicBool::new(true)), Arc::<AtomicU64>::default());
        let written = Arc::clone(&quarters);
        let writer = Writer {
            log: log.clone(),
            histories: Box::new(move |site| Some(Arc::clone(&written.of(site)?.history))),
            engine: Arc::clone(&history),
            writes: Arc::clone(&writes),
            first: Arc::clone(&first),
        };
        runtime.spawn(writer.run());
        let upkeep = Upkeep {
            log: log.clone(),
            history,
            quarters: Arc::clone(&quarters),
            keeping: keeping.clone(),
            first,
        };
        runtime.spawn(upkeep.run());
        let (statuses, labels) = (Statuses { log: log.clone() }, Labels::new(log.clone()));
        runtime.spawn(statuses.clone().listen(Arc::clone(&quarters)));
        runtime.spawn(labels.clone().watch(Arc::clone(&quarters)));
        let backlog = Arc::default();
        Ok(Self { log, publisher, backlog, quarters, statuses, labels, writes, keeping })
    }
}

impl Cluster {
    /// Takes away the records of motes that would be too many.
    fn admit(&self, records: &mut Records) -> Vec<Refused> {
        let max_motes = self.quarter.max_motes();
        let beyond = self.quarter.motes.beyond(records, max_motes);
        if beyond.is_empty() {
            return Vec::new();
        }
        remove(records, &beyond);
        let reason = Keeping { max_motes, ..self.shared.keeping.clone() }.no_more_motes();
        let refused = |index| Refused { index, field: Field::MAC, reason: reason.clone() };
        beyond.into_iter().map(refused).collect()
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

/// Takes away the records with these indices, which ascend.
fn remove(records: &mut Records, indices: &[usize]) {
    fn without<T>(all: &mut Vec<T>, indices: &[usize]) {
        let mut index = 0;
        all.retain(|_| {
            let stays = indices.binary_search(&index).is_err();
            index += 1;
            stays
        });
    }
    match records {
        Records::Samples(all) => without(all, indices),
        Records::Links(all) => without(all, indices),
        Records::Events(all) => without(all, indices),
    }
}
