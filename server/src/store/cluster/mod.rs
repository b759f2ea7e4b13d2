//! A store that many servers share, none of which has anything that the others lack: any may be killed or
//! added at any time.
//!
//! - A write is one message to a log (NATS JetStream); the answer comes when a quorum of its servers
//!   has it.
//! - Every server follows the log. What is heard there, from whichever server, is what is announced, and
//!   answered with until the history has it.
//! - Every server takes messages from the log into the history (VictoriaMetrics), which acknowledges
//!   them when they are on its disk. Doing it twice is harmless: a reading's identity says so.
//! - Labels are in a bucket of the log's servers, which all watch.

mod follower;
mod generation;
mod labels;
mod log;
mod message;
mod motes;
mod reads;
mod recent;
mod upkeep;
mod writer;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use readings::{Event, Field, Link, Mac, Quantity, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::backlog::Backlog;
use super::{
    Answer, ClusterConfig, EventSelection, Grid, Heard, Influx, InfluxConfig, Keeping, Label,
    LinkKey, LinkSelection, Mote, Records, Refused, Sample, Selection, Series, Store, StoreError,
    Written,
};
use follower::Follower;
use generation::Generations;
use labels::Labels;
use log::Log;
use motes::Motes;
use recent::Recent;
use upkeep::Upkeep;
use writer::Writer;

/// The site whose readings these are; there is one.
const SITE: u32 = 0;

/// How long after a failure writes are answered at once with its reason.
const PAUSE: core::time::Duration = core::time::Duration::from_millis(200);

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
    backlog: Arc<Backlog>,
    history: Arc<Influx>,
    recent: Arc<Recent>,
    motes: Arc<Motes>,
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
        let follower = Follower {
            log: log.clone(),
            recent: Arc::clone(&recent),
            motes: Arc::clone(&motes),
            heard: send.clone(),
        };
        runtime.spawn(follower.run());
        let InfluxConfig { url, write_urls, .. } = &config.history;
        let generations = Generations::new(write_urls.first().unwrap_or(url));
        runtime
            .spawn(Writer { log: log.clone(), history: Arc::clone(&history), generations }.run());
        let upkeep = Upkeep {
            log: log.clone(),
            history: Arc::clone(&history),
            recent: Arc::clone(&recent),
            motes: Arc::clone(&motes),
            keeping: keeping.clone(),
        };
        runtime.spawn(upkeep.run());
        runtime.spawn(Labels { log: log.clone(), site: SITE }.watch(Arc::clone(&motes), send));
        let (backlog, heard) = (Arc::default(), Mutex::new(Some(heard)));
        Ok(Self { log, backlog, history, recent, motes, keeping, heard })
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

impl Store for Cluster {
    fn write(&self, records: Records) -> Answer<Written> {
        self.write_from("", records)
    }

    fn write_from(&self, client: &str, mut records: Records) -> Answer<Written> {
        if let Some(reason) = self.backlog.pause() {
            return Box::pin(core::future::ready(Err(StoreError::Unavailable(reason))));
        }
        let Some(room) = Room::take(&self.backlog, records.weight()) else {
            return Box::pin(core::future::ready(Err(StoreError::Busy)));
        };
        let refused = self.admit(&mut records);
        let subject = format!("clouddata.{SITE}.{}", kind_of(&records));
        let messages = match records.is_empty() {
            true => Vec::new(),
            false => message::emit(client, &records),
        };
        let log = self.log.clone();
        Box::pin(async move {
            let published = log.publish(&subject, messages).await;
            let fault = published.as_ref().err().map(|reason| (reason.as_str(), PAUSE));
            room.backlog.set_fault(fault);
            published.map_err(StoreError::Unavailable)?;
            Ok(Written { refused, ..Written::default() })
        })
    }

    fn heard(&self) -> Option<mpsc::Receiver<Heard>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn announces(&self) -> bool {
        true
    }

    fn page(
        &self,
        mut selection: Selection,
        after: Option<(Mac, Timestamp)>,
        limit: usize,
    ) -> Answer<Vec<Sample>> {
        selection.from = selection.from.max(self.oldest_of(selection.quantity));
        let recent = Arc::clone(&self.recent);
        let history = self.history.page(selection.clone(), after, limit);
        Box::pin(async move { Ok(reads::page(&recent, &selection, after, limit, history.await?)) })
    }

    fn count(&self) -> Answer<usize> {
        let motes = Arc::clone(&self.motes);
        whole(&self.motes, move || motes.count())
    }

    fn motes(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        let motes = Arc::clone(&self.motes);
        whole(&self.motes, move || motes.reporting(after, limit))
    }

    fn known(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        let motes = Arc::clone(&self.motes);
        whole(&self.motes, move || motes.all(after, limit))
    }

    fn series(&self, quantity: Quantity, macs: Vec<Mac>, grid: Grid) -> Answer<Vec<Series>> {
        let (recent, oldest) = (Arc::clone(&self.recent), self.oldest_of(quantity));
        let history = self.history.series(quantity, macs.clone(), grid);
        Box::pin(async move {
            Ok(reads::series(&recent, quantity, &macs, grid, oldest, history.await?))
        })
    }

    fn latest(&self, macs: Vec<Mac>) -> Answer<Vec<Mote>> {
        let oldest = self.oldest_of(Quantity::TEMPERATURE);
        let motes = Arc::clone(&self.motes);
        whole(&self.motes, move || {
            let macs: BTreeSet<Mac> = macs.into_iter().collect();
            let latest = motes.latest(&macs).into_iter().filter(|last| last.time >= oldest);
            latest.map(|last| Mote { label: motes.label(last.mac), last }).collect()
        })
    }

    fn newest(
        &self,
        macs: Vec<Mac>,
        quantities: Vec<Quantity>,
        from: Timestamp,
        at: Timestamp,
    ) -> Answer<Vec<Sample>> {
        let recent = Arc::clone(&self.recent);
        let history = self.history.newest(macs.clone(), quantities.clone(), from, at);
        Box::pin(async move {
            Ok(reads::newest(&recent, &macs, &quantities, [from, at], history.await?))
        })
    }

    fn links(
        &self,
        mut selection: LinkSelection,
        after: Option<LinkKey>,
        limit: usize,
    ) -> Answer<Vec<Link>> {
        selection.from = selection.from.max(self.oldest_other());
        let recent = Arc::clone(&self.recent);
        let history = self.history.links(selection.clone(), after, limit);
        Box::pin(async move { Ok(reads::links(&recent, &selection, after, limit, history.await?)) })
    }

    fn newest_links(&self, mut selection: LinkSelection, limit: usize) -> Answer<Vec<Link>> {
        selection.from = selection.from.max(self.oldest_other());
        let recent = Arc::clone(&self.recent);
        let history = self.history.newest_links(selection.clone(), limit);
        Box::pin(async move { Ok(reads::newest_links(&recent, &selection, limit, history.await?)) })
    }

    fn events(&self, mut selection: EventSelection, limit: usize) -> Answer<Vec<Event>> {
        selection.from = selection.from.max(self.oldest_other());
        let recent = Arc::clone(&self.recent);
        let all = EventSelection { seen: 0, ..selection.clone() };
        let history = self.history.events(all, limit.saturating_add(selection.seen));
        Box::pin(async move { Ok(reads::events(&recent, &selection, limit, history.await?)) })
    }

    fn labels(&self, macs: Vec<Mac>) -> Answer<Vec<Label>> {
        let label = |mac| Some(Label { mac, text: self.motes.label(mac)? });
        Box::pin(core::future::ready(Ok(macs.into_iter().filter_map(label).collect())))
    }

    fn label(&self, label: Label) -> Answer<bool> {
        let (labels, motes) =
            (Labels { log: self.log.clone(), site: SITE }, Arc::clone(&self.motes));
        Box::pin(async move {
            if !motes.contains(label.mac) {
                return Ok(false);
            }
            if let Err(reason) = labels.set(&label).await {
                tracing::error!(reason, "a label is not kept");
                return Err(StoreError::Unavailable(reason));
            }
            motes.set_label(label);
            Ok(true)
        })
    }

    fn check(&self) -> Answer<()> {
        let fault = self.log.fault().or_else(|| self.backlog.pause());
        Box::pin(core::future::ready(fault.map_or(Ok(()), |it| Err(StoreError::Unavailable(it)))))
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

/// What the motes in memory tell, once they are all there.
fn whole<T: Send + 'static>(motes: &Motes, tell: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
    let is_whole = motes.is_whole();
    Box::pin(async move {
        if is_whole {
            return Ok(tell());
        }
        let reason = "the history has not yet told which motes there are";
        Err(StoreError::Unavailable(reason.to_owned()))
    })
}

/// The last part of a message's subject.
const fn kind_of(records: &Records) -> &'static str {
    match records {
        Records::Samples(_) => "readings",
        Records::Links(_) => "links",
        Records::Events(_) => "events",
    }
}

/// Room in the backlog, for as long as somebody waits for the answer.
struct Room {
    backlog: Arc<Backlog>,
    readings: usize,
}

impl Room {
    fn take(backlog: &Arc<Backlog>, readings: usize) -> Option<Self> {
        backlog.admit(readings).then(|| Self { backlog: Arc::clone(backlog), readings })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.backlog.release(self.readings);
    }
}
