use core::convert::Infallible;
use core::time::Duration;
use std::sync::Arc;

use async_nats::jetstream::Message;

use super::log::Log;
use super::message;
use super::quarters::Quarters;
use super::tail::Tail;
use crate::tally::Tally;

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
        let said = |error| format!("the log: {error}");
        // Somebody may have made it anew.
        let newest = self.log.stream().await?.cached_info().state.last_sequence;
        if newest.saturating_add(1) < *next {
            *next = 1;
        }
        let consumer = self.log.follower(*next).await?;
        let mut tail = Tail::of(&consumer).await.map_err(said)?;
        loop {
            let (sequence, message) = tail.next().await.map_err(said)?;
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
