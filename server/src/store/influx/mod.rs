//! Stores that speak InfluxDB's HTTP protocols: InfluxDB 1.x by `/write`, 2 and 3 by
//! `/api/v2/write`, and other engines that take line protocol, such as VictoriaMetrics.
//!
//! - Writes that arrive together become one request; the answer comes after the engine's own.
//! - Sending a sample twice keeps it once, because the engine overwrites a point of the same
//!   series and time. VictoriaMetrics does so with `-dedup.minScrapeInterval=1ms`.
//! - What the engine refuses is found by halving the request until the point is alone.
//! - While the engine is down, writes are refused at once. Nothing is queued beyond the requests
//!   that wait for an answer.
//! - No readings are kept here: several servers can share one engine. Which motes it has is asked
//!   for now and then; labels are in a small database of each server.

mod answer;
mod client;
mod config;
mod dialect;
mod influxql;
mod known;
mod line;
mod names;
mod pattern;
mod promql;
mod resolver;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use readings::{Event, Link, Mac, Quantity, Timestamp};

pub use config::{Engine, InfluxConfig, Protocol};
pub(crate) use line::emit_samples as emit_lines;

use super::backlog::Backlog;
use super::query_pool::QueryPool;
use super::{
    Answer, EventSelection, Grid, Keeping, Label, LinkKey, LinkSelection, Mote, Records, Sample,
    Selection, Series, Store, StoreError, Written, labels, page, reply,
};
use crate::store::queue::{Job, Queue};
use client::Client;
use dialect::Dialect;
use known::Known;
use names::Names;

/// Requests to the engine under way at a time, if each is worthwhile.
const WRITERS: usize = 2;

/// Most readings in one request to the engine.
const MAX_GROUP: usize = 10_000;

/// Queries at a time, and those that may wait for these.
const QUERIES: (usize, usize) = (4, 60);

/// What must not wait for queries: whether the engine is there, and labels.
const SHORT: (usize, usize) = (2, 60);

/// Readings in an engine that speaks InfluxDB's HTTP protocols.
pub struct Influx {
    shared: Arc<Shared>,
    queries: QueryPool,
    short: QueryPool,
    writers: Mutex<Vec<JoinHandle<()>>>,
}

/// What the store and its threads both use.
struct Shared {
    queue: Queue,
    backlog: Backlog,
    client: Client,
    /// What it is written in.
    engine: Engine,
    dialect: &'static dyn Dialect,
    keeping: Keeping,
    known: Known,
    names: Names,
}

impl Shared {
    fn refresh(&self) -> Result<(), StoreError> {
        self.known.refresh(&self.client, self.dialect, self.keeping.max_motes)
    }
}

impl Influx {
    /// Starts the threads that write to the engine, which need not be up yet. Labels are kept in
    /// `folder`.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn open(
        config: &InfluxConfig,
        keeping: impl Into<Keeping>,
        folder: &Path,
    ) -> std::io::Result<Self> {
        let keeping = keeping.into();
        let shared = Arc::new(Shared {
            queue: Queue::new(MAX_GROUP),
            backlog: Backlog::default(),
            client: Client::new(config, [keeping.retention, keeping.network_retention]),
            engine: config.engine,
            dialect: config.engine.dialect(),
            keeping,
            known: Known::default(),
            names: Names::new(folder),
        });
        let mut writers = Vec::new();
        for _ in 0..WRITERS {
            let writer = writer::Writer { shared: Arc::clone(&shared) };
            let thread = std::thread::Builder::new().name("store".to_owned());
            writers.push(thread.spawn(move || writer.run())?);
        }
        let pool = |(running, waiting)| QueryPool::new(running, waiting);
        let (queries, short) = (pool(QUERIES), pool(SHORT));
        Ok(Self { shared, queries, short, writers: Mutex::new(writers) })
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

impl Store for Influx {
    fn write(&self, records: Records) -> Answer<Written> {
        let Shared { backlog, queue, .. } = &*self.shared;
        if let Some(reason) = backlog.pause() {
            return Box::pin(core::future::ready(Err(StoreError::Unavailable(reason))));
        }
        if !backlog.admit(records.weight()) {
            return Box::pin(core::future::ready(Err(StoreError::Busy)));
        }
        let (reply, answer) = reply::reply();
        queue.push(Job::of(records, reply));
        answer
    }

    fn page(
        &self,
        mut selection: Selection,
        after: Option<(Mac, Timestamp)>,
        limit: usize,
    ) -> Answer<Vec<Sample>> {
        selection.from = selection.from.max(self.oldest_of(selection.quantity));
        let quantity = selection.quantity;
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |gone| {
            let known = || {
                shared.refresh()?;
                Ok(match quantity {
                    Quantity::TEMPERATURE => shared.known.motes(None, usize::MAX),
                    _ => shared.known.all(None, usize::MAX),
                })
            };
            page::page(selection, after, limit, known, |part| {
                gone.check()?;
                shared.dialect.samples(&shared.client, part)
            })
        })
    }

    fn count(&self) -> Answer<usize> {
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |_| {
            shared.refresh()?;
            Ok(shared.known.count())
        })
    }

    fn motes(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |_| {
            shared.refresh()?;
            Ok(shared.known.motes(after, limit))
        })
    }

    fn series(&self, quantity: Quantity, macs: Vec<Mac>, grid: Grid) -> Answer<Vec<Series>> {
        let (shared, oldest) = (Arc::clone(&self.shared), self.oldest_of(quantity));
        self.queries.run(move |gone| {
            shared.dialect.series(&shared.client, (quantity, &macs), grid, oldest, gone)
        })
    }

    fn known(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |_| {
            shared.refresh()?;
            Ok(shared.known.all(after, limit))
        })
    }

    fn latest(&self, macs: Vec<Mac>) -> Answer<Vec<Mote>> {
        let oldest = self.oldest_of(Quantity::TEMPERATURE);
        let end = Timestamp::from_micros(i64::MAX);
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |gone| {
            let of = (Quantity::TEMPERATURE, &macs[..]);
            let all = shared.dialect.newest(&shared.client, of, oldest, end, gone)?;
            let labelled = shared.names.read(|names| {
                let label = |mac| names.map_or(Ok(None), |names| labels::of(names, mac));
                all.into_iter()
                    .map(|last: Sample| Ok(Mote { label: label(last.mac)?, last }))
                    .collect()
            });
            labelled.map_err(no_labels)
        })
    }

    fn newest(
        &self,
        macs: Vec<Mac>,
        quantities: Vec<Quantity>,
        from: Timestamp,
        at: Timestamp,
    ) -> Answer<Vec<Sample>> {
        let oldest = |quantity| from.max(self.oldest_of(quantity));
        let quantities: Vec<_> = quantities.into_iter().map(|it| (it, oldest(it))).collect();
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |gone| {
            let mut all = Vec::new();
            for (quantity, from) in quantities {
                let of = (quantity, &macs[..]);
                all.extend(shared.dialect.newest(&shared.client, of, from, at, gone)?);
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
        let shared = Arc::clone(&self.shared);
        self.queries
            .run(move |gone| shared.dialect.links(&shared.client, &selection, after, limit, gone))
    }

    fn newest_links(&self, mut selection: LinkSelection, limit: usize) -> Answer<Vec<Link>> {
        selection.from = selection.from.max(self.oldest_other());
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |_| shared.dialect.newest_links(&shared.client, &selection, limit))
    }

    fn events(&self, mut selection: EventSelection, limit: usize) -> Answer<Vec<Event>> {
        selection.from = selection.from.max(self.oldest_other());
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |gone| shared.dialect.events(&shared.client, &selection, limit, gone))
    }

    fn labels(&self, macs: Vec<Mac>) -> Answer<Vec<Label>> {
        let shared = Arc::clone(&self.shared);
        self.short.run(move |_| {
            let labels = shared.names.read(|names| {
                let Some(names) = names else { return Ok(Vec::new()) };
                let label = |mac| Ok(labels::of(names, mac)?.map(|text| Label { mac, text }));
                macs.into_iter().filter_map(|mac| label(mac).transpose()).collect()
            });
            labels.map_err(no_labels)
        })
    }

    fn label(&self, label: Label) -> Answer<bool> {
        let shared = Arc::clone(&self.shared);
        self.short.run(move |_| {
            if !shared.known.contains(label.mac) {
                shared.refresh()?;
            }
            let is_there = |mac| shared.known.contains(mac);
            if !is_there(label.mac) {
                return Ok(false);
            }
            shared.names.set(&label, shared.keeping.max_motes, is_there).map_err(no_labels)?;
            Ok(true)
        })
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn check(&self) -> Answer<()> {
        let fault = self.shared.backlog.pause();
        let shared = Arc::clone(&self.shared);
        let ping = self.short.run(move |_| shared.client.ping());
        Box::pin(async move {
            ping.await?;
            fault.map_or(Ok(()), |fault| Err(StoreError::Unavailable(fault)))
        })
    }
}

fn no_labels(error: rusqlite::Error) -> StoreError {
    StoreError::Unavailable(format!("the labels: {error}"))
}

impl Drop for Influx {
    /// Waits until everything that was accepted is answered.
    fn drop(&mut self) {
        self.shared.queue.close();
        let writers = self.writers.get_mut().unwrap_or_else(PoisonError::into_inner);
        for writer in writers.drain(..) {
            if writer.join().is_err() {
                tracing::error!("a writing thread panicked");
            }
        }
    }
}
