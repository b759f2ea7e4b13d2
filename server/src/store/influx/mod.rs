//! Stores that speak InfluxDB's HTTP protocols: InfluxDB 1.x by `/write`, 2 and 3 by
//! `/api/v2/write`, and other engines that take line protocol, such as VictoriaMetrics.
//!
//! - Writes that arrive together become one request; the answer comes after the engine's own.
//! - Sending a sample twice keeps it once, because the engine overwrites a point of the same
//!   series and time. VictoriaMetrics does so with `-dedup.minScrapeInterval=1ms`.
//! - What the engine refuses is found by halving the request until the point is alone.
//! - While the engine is down, writes are refused at once. Nothing is queued beyond the requests
//!   that wait for an answer.
//! - No state is kept here: several servers can share one engine.

mod answer;
mod client;
mod config;
mod export;
mod influxql;
mod line;
mod page;
mod resolver;
mod writer;

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use readings::{Mac, Timestamp};

pub use config::{Engine, InfluxConfig, Protocol};
pub(crate) use line::emit as emit_lines;

use super::backlog::Backlog;
use super::{Answer, Grid, Sample, Selection, Series, Store, StoreError, Written, reply};
use crate::moment::before;
use crate::store::queue::{Job, Queue};
use client::Client;

/// Requests to the engine under way at a time, if each is worthwhile.
const WRITERS: usize = 2;

/// Most readings in one request to the engine.
const MAX_GROUP: usize = 10_000;

/// Readings in an engine that speaks InfluxDB's HTTP protocols.
pub struct Influx {
    queue: Arc<Queue>,
    backlog: Arc<Backlog>,
    client: Arc<Client>,
    engine: Engine,
    retention: Duration,
    writers: Mutex<Vec<JoinHandle<()>>>,
}

impl Influx {
    /// Starts the threads that write to the engine, which need not be up yet.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn open(config: &InfluxConfig, retention: Duration) -> std::io::Result<Self> {
        let client = Arc::new(Client::new(config, retention));
        let backlog = Arc::new(Backlog::default());
        let queue = Arc::new(Queue::new(MAX_GROUP));
        let mut writers = Vec::new();
        for _ in 0..WRITERS {
            let writer = writer::Writer {
                client: Arc::clone(&client),
                backlog: Arc::clone(&backlog),
                queue: Arc::clone(&queue),
            };
            let thread = std::thread::Builder::new().name("store".to_owned());
            writers.push(thread.spawn(move || writer.run())?);
        }
        Ok(Self {
            queue,
            backlog,
            client,
            engine: config.engine,
            retention,
            writers: Mutex::new(writers),
        })
    }

    fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Client) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<T> {
        let client = Arc::clone(&self.client);
        Box::pin(async move {
            tokio::task::spawn_blocking(move || query(&client))
                .await
                .map_err(|error| StoreError::Unavailable(error.to_string()))?
        })
    }

    fn oldest_kept(&self) -> Timestamp {
        before(Timestamp::now(), self.retention)
    }
}

impl Store for Influx {
    fn write(&self, samples: Vec<Sample>) -> Answer<Written> {
        if let Some(reason) = self.backlog.pause() {
            return Box::pin(core::future::ready(Err(StoreError::Unavailable(reason))));
        }
        if !self.backlog.admit(samples.len()) {
            return Box::pin(core::future::ready(Err(StoreError::Busy)));
        }
        let (reply, answer) = reply::reply();
        self.queue.push(Job { samples, reply });
        answer
    }

    fn page(
        &self,
        mut selection: Selection,
        after: Option<(Mac, Timestamp)>,
        limit: usize,
    ) -> Answer<Vec<Sample>> {
        selection.from = selection.from.max(self.oldest_kept());
        let engine = self.engine;
        self.read(move |client| {
            let macs = || match engine {
                Engine::InfluxDb => influxql::macs(client),
                Engine::VictoriaMetrics => export::macs(client),
            };
            page::page(selection, after, limit, macs, |part| match engine {
                Engine::InfluxDb => influxql::samples(client, part),
                Engine::VictoriaMetrics => export::samples(client, part),
            })
        })
    }

    fn series(&self, macs: Vec<Mac>, grid: Grid) -> Answer<Vec<Series>> {
        let (engine, oldest) = (self.engine, self.oldest_kept());
        self.read(move |client| match engine {
            Engine::InfluxDb => influxql::series(client, &macs, grid, oldest),
            Engine::VictoriaMetrics => export::series(client, &macs, grid, oldest),
        })
    }

    fn latest(&self) -> Answer<Vec<Sample>> {
        let (engine, oldest) = (self.engine, self.oldest_kept());
        self.read(move |client| match engine {
            Engine::InfluxDb => influxql::latest(client, oldest),
            Engine::VictoriaMetrics => export::latest(client, oldest),
        })
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn check(&self) -> Answer<()> {
        let fault = self.backlog.pause();
        let ping = self.read(Client::ping);
        Box::pin(async move {
            ping.await?;
            fault.map_or(Ok(()), |fault| Err(StoreError::Unavailable(fault)))
        })
    }
}

impl Drop for Influx {
    /// Waits until everything that was accepted is answered.
    fn drop(&mut self) {
        self.queue.close();
        let writers = self.writers.get_mut().unwrap_or_else(PoisonError::into_inner);
        for writer in writers.drain(..) {
            if writer.join().is_err() {
                tracing::error!("a writing thread panicked");
            }
        }
    }
}
