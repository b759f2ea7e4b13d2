use core::convert::Infallible;
use core::time::Duration;
use std::sync::Arc;

use async_nats::jetstream::Message;
use futures_util::StreamExt;

use super::log::Log;
use super::message;
use super::quarters::Quarters;
use crate::tally::Tally;

/// How long a request for messages waits at the server, which says twice meanwhile that it is there: so
/// a NATS server that is gone is noticed.
const EXPIRES: Duration = Duration::from_secs(4);
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Messages that a NATS server sends ahead, of half a megabyte at most.
const AHEAD: usize = 64;

/// Before it is tried again.
const PAUSE: Duration = Duration::from_millis(300);

/// Hears all that any server writes, in the log's order, each message once.
pub(super) struct Follower {
    pub(super) log: Log,
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
        let said = |error: &dyn core::fmt::Display| format!("the log: {error}");
        // Somebody may have made it anew.
        let newest = self.log.stream().await?.cached_info().state.last_sequence;
        if newest.saturating_add(1) < *next {
            *next = 1;
        }
        let consumer = self.log.follower(*next).await?;
        let messages = consumer.stream().max_messages_per_batch(AHEAD).expires(EXPIRES);
        let mut messages =
            messages.heartbeat(HEARTBEAT).messages().await.map_err(|error| said(&error))?;
        let mut delivered = 0;
        loop {
            let message = messages.next().await.ok_or_else(|| said(&"it has ended"))?;
            let message = message.map_err(|error| said(&error))?;
            let info = message.info().map_err(|error| said(&error))?;
            if info.consumer_sequence != delivered + 1 {
                return Err(said(&"a message was lost on its way"));
            }
            delivered += 1;
            let sequence = info.stream_sequence;
            self.hear(sequence, &message).await;
            *next = sequence + 1;
        }
    }

    async fn hear(&self, sequence: u64, message: &Message) {
        let Ok(posts) = message::parse(&message.payload) else {
            // The writers say so.
            return;
        };
        let is_ours = self.log.is_ours(message);
        for post in posts {
            self.quarters.hear(sequence, is_ours, post).await;
        }
    }
}
