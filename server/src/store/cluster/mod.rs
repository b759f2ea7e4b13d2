//! A store that many servers share, none of which has anything that the others lack: any may be killed or
//! added at any time.
//!
//! - A write is part of a message to a log (NATS JetStream); the answer comes when a quorum of its servers
//!   has it.
//! - Every server follows the log. What is heard there, from whichever server, is what is announced, and
//!   answered with until the history has it.
//! - Every server takes messages from the log into the history (VictoriaMetrics), which acknowledges
//!   them when they are on its disk. Doing it twice is harmless: a reading's identity says so.
//! - Labels are in a bucket of the log's servers, which all watch.

mod follower;
mod generation;
mod joined;
mod labels;
mod listeners;
mod log;
mod message;
mod motes;
mod post;
mod publisher;
mod reads;
mod recent;
mod remnants;
mod room;
mod statuses;
mod store;
mod unsettled;
mod upkeep;
mod writer;

use core::sync::atomic::{AtomicBool, AtomicU64};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use readings::{Field, Quantity, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::backlog::Backlog;
use super::{ClusterConfig, Heard, Influx, Keeping, Records, Refused, Store};
use follower::Follower;
use labels::Labels;
use listeners::{Listener, Listeners};
use log::Log;
use motes::Motes;
use publisher::Publisher;
use recent::Recent;
use statuses::Statuses;
use upkeep::Upkeep;
use writer::{Histories, Writer};

/// The site whose readings these are; there is one.
const SITE: u32 = 0;

/// What was heard and not yet announced, in messages; then the log waits.
const HEARD: usize = 256;

/// A store that many servers share, at work in `runtime`; neither its log nor its history need be up yet.
///
/// # Errors
/// If no thread can be started, or an address is none.
pub(crate) fn open(
    config: &ClusterConfig,
    keeping: Keeping,
    folder: &Path,
    runtime: &Handle,
) -> io::Result<Arc<dyn Store>> {
    Ok(Arc::new(Cluster::open(config, keeping, folder, runtime)?))
}

/// Readings in a log and a history that many servers share.
pub(crate) struct Cluster {
    log: Log,
    publisher: Publisher,
    backlog: Arc<Backlog>,
    history: Arc<Influx>,
    recent: Arc<Recent>,
    motes: Arc<Motes>,
    statuses: Statuses,
    /// Whether the history takes what is in the log.
    writes: Arc<AtomicBool>,
    keeping: Keeping,
    heard: Mutex<Option<mpsc::Receiver<Heard>>>,
}

impl Cluster {
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
        let (recent, motes) = (Arc::<Recent>::default(), Arc::<Motes>::default());
        let (send, heard) = mpsc::channel(HEARD);
        let publisher = Publisher::start(log.clone(), runtime);
        let listeners = Arc::<Listeners>::default();
        let listener = Listener {
            recent: Arc::clone(&recent),
            motes: Arc::clone(&motes),
            heard: send.clone(),
        };
        listeners.add(SITE, listener);
        runtime.spawn(Follower { log: log.clone(), listeners }.run());
        let (writes, first) = (Arc::new(AtomicBool::new(true)), Arc::<AtomicU64>::default());
        let writer = Writer {
            log: log.clone(),
            histories: histories(&history),
            engine: Arc::clone(&history),
            writes: Arc::clone(&writes),
            first: Arc::clone(&first),
        };
        runtime.spawn(writer.run());
        let upkeep = Upkeep {
            log: log.clone(),
            history: Arc::clone(&history),
            recent: Arc::clone(&recent),
            motes: Arc::clone(&motes),
            keeping: keeping.clone(),
            first,
        };
        runtime.spawn(upkeep.run());
        let statuses = Statuses { log: log.clone(), site: SITE };
        runtime.spawn(statuses.clone().listen(send.clone()));
        runtime.spawn(Labels { log: log.clone(), site: SITE }.watch(Arc::clone(&motes), send));
        let (backlog, heard) = (Arc::default(), Mutex::new(Some(heard)));
        Ok(Self {
            log,
            publisher,
            backlog,
            history,
            recent,
            motes,
            statuses,
            writes,
            keeping,
            heard,
        })
    }

    /// Takes away the records of motes that would be too many.
    fn admit(&self, records: &mut Records) -> Vec<Refused> {
        let beyond = self.motes.beyond(records, self.keeping.max_motes);
        if !beyond.is_empty() {
            remove(records, &beyond);
        }
        let reason = self.keeping.no_more_motes();
        let refused = |index| Refused { index, field: Field::MAC, reason: reason.clone() };
        beyond.into_iter().map(refused).collect()
    }

    fn oldest_of(&self, quantity: Quantity) -> Timestamp {
        self.keeping.oldest(self.keeping.retention_of(quantity))
    }

    /// Of what is no reading.
    fn oldest_other(&self) -> Timestamp {
        self.keeping.oldest(self.keeping.network_retention)
    }
}

/// The history of each site.
fn histories(of_default: &Arc<Influx>) -> Histories {
    let of_default = Arc::clone(of_default);
    Box::new(move |site| (site == SITE).then(|| Arc::clone(&of_default)))
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
