//! Takes what is in the log into the history. Every server does; each message is one's at a time.
//!
//! A message is removed from the log by the writer that knows that the history has it on its disk, and by nothing
//! else; only then it is acknowledged. If the history has run anew before that, the message is given
//! back to be written again, which changes nothing if it was there.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Arc;

use async_nats::jetstream::consumer::pull::{MessagesError, Stream};
use async_nats::jetstream::message::Acker;
use async_nats::jetstream::{AckKind, Message};
use futures_util::StreamExt;
use futures_util::future::join_all;
use tokio::time::MissedTickBehavior;

use super::generation::Generation;
use super::joined::Joined;
use super::log::Log;
use super::message;
use super::post::Fault;
use super::remnants::Remnants;
use super::unsettled::{Held, Shown, Unsettled};
use crate::store::{Influx, Refused, Store};
use crate::tally::Tally;

/// Between two looks whether the history runs. What it says of itself is long.
const LOOK: Duration = Duration::from_secs(3);

/// Messages that are removed from the log at a time.
const REMOVALS: usize = 32;

/// How long a message is left alone that only a newer server understands.
const LEAVE: Duration = Duration::from_secs(30);

/// A request for messages waits so long, with a sign of life in between.
const EXPIRES: Duration = Duration::from_secs(10);
const HEARTBEAT: Duration = Duration::from_secs(2);

/// Messages that a NATS server sends ahead, of half a megabyte at most.
const AHEAD: usize = 64;

/// How long messages are gathered that are written together: nobody waits for it, and each write costs the history
/// as much as many readings.
const GATHER: Duration = Duration::from_millis(500);

/// Records that are written at once without more, counted as in what waits for a store; with one message more it
/// still is less than the history takes at a time.
const ENOUGH: usize = 30_000;

/// Before it is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// The history of a site; none if there no longer is such a site, whose records are then written nowhere.
pub(super) type Histories = Box<dyn Fn(u32) -> Option<Arc<Influx>> + Send + Sync>;

pub(super) struct Writer {
    pub(super) log: Log,
    pub(super) histories: Histories,
    /// What has them all.
    pub(super) engine: Arc<Influx>,
    /// Whether the history takes what it gets.
    pub(super) writes: Arc<AtomicBool>,
    /// Messages before this one are gone from the log, or not understood here.
    pub(super) first: Arc<AtomicU64>,
}

/// What the writer knows, whatever becomes of its connection.
#[derive(Default)]
struct Standing {
    unsettled: Unsettled,
    remnants: Remnants,
    /// The history's process, as it was last seen.
    generation: Option<Generation>,
}

impl Writer {
    /// Writes for ever.
    pub(super) async fn run(self) {
        let failed = Tally::default();
        let remnants = Remnants::new(Arc::clone(&self.first));
        let mut standing = Standing { remnants, ..Standing::default() };
        loop {
            if let Err(reason) = self.write_on(&mut standing).await
                && let Some(times) = failed.count()
            {
                tracing::warn!(reason, times, "the log is not written to the history");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn write_on(&self, standing: &mut Standing) -> Result<(), String> {
        let consumer = self.log.writers().await?;
        let messages = consumer.stream().max_messages_per_batch(AHEAD).expires(EXPIRES);
        let messages = messages.heartbeat(HEARTBEAT).messages().await;
        let mut messages = messages.map_err(|error| error.to_string())?;
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = look.tick() => {
                    self.settle(standing).await;
                    self.take_up(standing).await;
                }
                first = messages.next() => self.write(first, &mut messages, standing).await?,
            }
        }
    }

    /// Writes this message and those that come with it, as soon as the history takes them.
    async fn write(
        &self,
        first: Option<Result<Message, MessagesError>>,
        messages: &mut Stream,
        standing: &mut Standing,
    ) -> Result<(), String> {
        let (mut joined, mut held) = <(Joined, Vec<Held>)>::default();
        let end = tokio::time::Instant::now() + GATHER;
        let (mut next, mut outcome) = (Some(first), Ok(()));
        while let Some(message) = next {
            match message {
                Some(Ok(message)) => self.take(message, &mut joined, &mut held).await,
                Some(Err(error)) => outcome = Err(error.to_string()),
                None => outcome = Err("the log has ended".to_owned()),
            }
            if outcome.is_err() || joined.weight() >= ENOUGH {
                break;
            }
            next = tokio::time::timeout_at(end, messages.next()).await.ok();
        }
        self.store_all(joined, held, standing).await;
        outcome
    }

    async fn store_all(&self, joined: Joined, held: Vec<Held>, standing: &mut Standing) {
        if !held.is_empty() {
            let by = self.store(&joined, &mut standing.generation).await;
            standing.unsettled.add(by, held);
        }
    }

    /// Writes what no writer has any more; while the history takes nothing, all is delivered again by itself.
    async fn take_up(&self, standing: &mut Standing) {
        if !self.writes.load(Ordering::Relaxed) {
            return;
        }
        let (mut joined, mut held) = (Joined::default(), Vec::new());
        let Standing { unsettled, remnants, .. } = standing;
        let taken = remnants.take_up(&self.log, |sequence, posts| {
            if !unsettled.contains(sequence) {
                posts.into_iter().for_each(|post| joined.add(post));
                held.push(Held { sequence, acker: None });
            }
            joined.weight() < ENOUGH
        });
        if let Err(reason) = taken.await {
            tracing::debug!(reason, "what has stayed in the log is not looked for");
        }
        if !held.is_empty() {
            tracing::info!(messages = held.len(), "what has stayed in the log is taken up");
        }
        self.store_all(joined, held, standing).await;
    }

    async fn take(&self, message: Message, joined: &mut Joined, held: &mut Vec<Held>) {
        let sequence = message.info().map(|info| info.stream_sequence);
        let (message, acker) = message.split();
        let Ok(sequence) = sequence else { return };
        match message::parse(&message.payload) {
            Ok(posts) => posts.into_iter().for_each(|post| joined.add(post)),
            Err(Fault::Unknown) => return answer(&acker, AckKind::Nak(Some(LEAVE))).await,
            Err(Fault::Broken) => {
                tracing::error!(subject = %message.subject, "what is in the log is not ours");
            }
        }
        held.push(Held { sequence, acker: Some(acker) });
    }

    /// Returns when the history has answered, with a generation that ran before.
    async fn store(&self, joined: &Joined, known: &mut Option<Generation>) -> Generation {
        loop {
            if known.is_none() {
                *known = self.generation().await;
            }
            let writes = joined
                .iter()
                .filter_map(|(site, records)| Some((self.histories)(site)?.write(records.clone())));
            let mut is_written = true;
            for answer in join_all(writes).await {
                match answer {
                    Ok(written) => {
                        for Refused { field, reason, .. } in written.refused {
                            tracing::error!(%field, reason, "the history refuses what is in the log");
                        }
                    }
                    // The history has said in the log what is wrong.
                    Err(_) => is_written = false,
                }
            }
            self.writes.store(is_written, Ordering::Relaxed);
            match known {
                Some(by) if is_written => return by.clone(),
                _ => *known = None,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Removes what is on the history's disk, and gives back what no longer is there.
    async fn settle(&self, standing: &mut Standing) {
        if standing.unsettled.is_empty() {
            return;
        }
        // While it does not answer, nothing is known.
        let Some(now) = self.generation().await else { return };
        let Shown { settled, lost } = standing.unsettled.look(&now);
        standing.generation = Some(now);
        futures_util::stream::iter(settled)
            .for_each_concurrent(REMOVALS, |held| self.remove(held))
            .await;
        for acker in lost.iter().filter_map(|held| held.acker.as_ref()) {
            answer(acker, AckKind::Nak(None)).await;
        }
    }

    /// It is acknowledged when it is gone, so that it comes again if that is not known.
    async fn remove(&self, Held { sequence, acker }: Held) {
        match self.log.remove(sequence).await {
            Ok(()) => {
                if let Some(acker) = acker {
                    answer(&acker, AckKind::Ack).await;
                }
            }
            Err(reason) => tracing::debug!(reason, "a message is not removed from the log"),
        }
    }

    async fn generation(&self) -> Option<Generation> {
        let engine = Arc::clone(&self.engine);
        tokio::task::spawn_blocking(move || Generation::of(&engine)).await.ok().flatten()
    }
}

/// Should it be lost, the message comes again.
async fn answer(acker: &Acker, kind: AckKind) {
    if let Err(error) = acker.ack_with(kind).await {
        tracing::debug!(%error, "a message is not acknowledged");
    }
}
