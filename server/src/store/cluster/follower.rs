use core::convert::Infallible;
use core::time::Duration;
use std::sync::Arc;

use async_nats::HeaderMap;
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use super::log::{self, Log};
use super::message;
use super::peers::Peers;
use super::quarters::Quarters;
use super::reader::Reader;
use crate::tally::Tally;

/// Before it is tried again.
const PAUSE: Duration = Duration::from_millis(300);

/// How long nothing new may come until the log is asked what there is.
const QUIET: Duration = Duration::from_secs(1);

/// Messages that are asked for one by one. That takes nobody but the log's leader, who is soon another one when a
/// NATS server fails; a reader takes the leader of all that NATS keeps, who may take longer to be found.
const FEW: u64 = 256;

/// Hears all that any server writes, in the log's order, each message once. NATS tells of each one when a quorum has
/// it; who was away asks for what was missed.
pub(super) struct Follower {
    pub(super) log: Log,
    pub(super) peers: Arc<Peers>,
    pub(super) quarters: Arc<Quarters>,
}

impl Follower {
    /// Follows for ever.
    pub(super) async fn run(self) {
        let (mut next, failed) = (1, Tally::default());
        loop {
            let Err(reason) = self.follow(&mut next).await;
            if let Some(times) = failed.count() {
                tracing::warn!(reason, times, "what other servers store is not heard");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Follows until that is not possible.
    async fn follow(&self, next: &mut u64) -> Result<Infallible, String> {
        // Heard first, so nothing is between what is read and what is heard.
        let mut told = self.log.stored().await?;
        loop {
            self.catch_up(next).await?;
            let mut end = Instant::now() + QUIET;
            while let Ok(message) = timeout_at(end, told.next()).await {
                let message = message.ok_or("NATS tells nothing any more")?;
                let headers = message.headers.unwrap_or_default();
                let sequence = log::sequence(&headers).ok_or("NATS tells no numbers")?;
                if sequence < *next {
                    // It was read. Otherwise the log is another one, as is found out when it is asked.
                    continue;
                }
                self.read(next, sequence - 1).await?;
                self.hear(sequence, &headers, &message.payload).await;
                *next = sequence + 1;
                end = Instant::now() + QUIET;
            }
        }
    }

    /// Reads all that there is.
    async fn catch_up(&self, next: &mut u64) -> Result<(), String> {
        let stream = self.log.stream().await?;
        let state = &stream.cached_info().state;
        if state.last_sequence.saturating_add(1) < *next {
            // Somebody has made it anew.
            *next = 1;
        }
        *next = (*next).max(state.first_sequence);
        self.read(next, state.last_sequence).await
    }

    /// Reads what the log has up to this message.
    async fn read(&self, next: &mut u64, newest: u64) -> Result<(), String> {
        if newest.saturating_sub(*next) < FEW {
            while *next <= newest {
                if let Some(message) = self.log.get(*next).await? {
                    self.hear(*next, &message.headers, &message.payload).await;
                }
                *next += 1;
            }
            return Ok(());
        }
        let mut reader = Reader::of(&self.log, *next, newest).await?;
        while let Some((sequence, message)) = reader.next().await? {
            let headers = message.headers.clone().unwrap_or_default();
            self.hear(sequence, &headers, &message.payload).await;
            *next = sequence + 1;
        }
        *next = newest + 1;
        Ok(())
    }

    async fn hear(&self, sequence: u64, headers: &HeaderMap, payload: &[u8]) {
        let sender = log::sender(headers);
        self.peers.hear(sender);
        let Ok(posts) = message::parse(payload) else {
            // The writers say so.
            return;
        };
        let is_ours = self.log.is_ours(sender);
        for post in posts {
            self.quarters.hear(sequence, is_ours, post).await;
        }
    }
}
