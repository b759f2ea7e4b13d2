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

mod address;
mod addresses;
mod answer;
mod client;
mod config;
mod dialect;
mod influxql;
mod known;
mod line;
mod names;
mod newest;
mod pattern;
mod place;
mod promql;
mod resolver;
mod sites;
mod store;
mod whose;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use readings::{Quantity, Timestamp};

pub use config::{Engine, InfluxConfig, Protocol};
pub(crate) use line::emit_samples as emit_lines;

use super::backlog::Backlog;
use super::query_pool::QueryPool;
use super::queue::Queue;
use super::{Keeping, StoreError};
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
    writers: Arc<Writers>,
}

/// The threads that write, for all who share them. Dropping them waits until everything that was
/// accepted is answered.
struct Writers {
    queue: Arc<Queue>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the store and its threads both use.
struct Shared {
    queue: Arc<Queue>,
    backlog: Arc<Backlog>,
    client: Client,
    /// What it is written in.
    engine: Engine,
    dialect: &'static dyn Dialect,
    keeping: Keeping,
    known: Known,
    names: Arc<Names>,
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
            queue: Arc::new(Queue::new(MAX_GROUP)),
            backlog: Arc::default(),
            client: Client::new(config, [keeping.retention, keeping.network_retention]),
            engine: config.engine,
            dialect: config.engine.dialect(),
            keeping,
            known: Known::default(),
            names: Arc::new(Names::new(folder)),
        });
        let mut writers = Vec::new();
        for _ in 0..WRITERS {
            let writer = writer::Writer { shared: Arc::clone(&shared) };
            let thread = std::thread::Builder::new().name("store".to_owned());
            writers.push(thread.spawn(move || writer.run())?);
        }
        let pool = |(running, waiting)| QueryPool::new(running, waiting);
        let (queries, short) = (pool(QUERIES), pool(SHORT));
        let queue = Arc::clone(&shared.queue);
        let writers = Arc::new(Writers { queue, threads: Mutex::new(writers) });
        Ok(Self { shared, queries, short, writers })
    }

    /// What the engine tells Prometheus of itself where it is written to; none if it does not. It blocks.
    #[must_use]
    pub fn metrics(&self) -> Option<String> {
        self.shared.client.metrics()
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

impl Drop for Writers {
    fn drop(&mut self) {
        self.queue.close();
        let threads = self.threads.get_mut().unwrap_or_else(PoisonError::into_inner);
        for writer in threads.drain(..) {
            if writer.join().is_err() {
                tracing::error!("a writing thread panicked");
            }
        }
    }
}
