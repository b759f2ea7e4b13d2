use core::convert::Infallible;
use core::time::Duration;
use std::sync::Arc;

use super::following::{Following, Place};
use super::log::{self, Log};
use super::message;
use super::peers::Peers;
use super::quarters::Quarters;
use super::stored::Stored;
use crate::tally::Tally;

/// Before it is tried again.
const PAUSE: Duration = Duration::from_millis(300);

/// Hears all that any server writes, in the log's order, each message once.
pub(super) struct Follower {
    pub(super) log: Log,
    pub(super) peers: Arc<Peers>,
    pub(super) quarters: Arc<Quarters>,
}

impl Follower {
    /// Follows for ever.
    pub(super) async fn run(self) {
        let (mut place, failed) = (Place::default(), Tally::default());
        loop {
            let Err(reason) = self.follow(&mut place).await;
            if let Some(times) = failed.count() {
                tracing::warn!(reason, times, "what other servers store is not heard");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Follows until that is not possible.
    async fn follow(&self, place: &mut Place) -> Result<Infallible, String> {
        let said = |error| format!("the log: {error}");
        let stream = self.log.stream().await?;
        let mut following = Following::of(&self.log, stream, place).await.map_err(said)?;
        loop {
            if let Some(message) = following.next().await.map_err(said)? {
                self.hear(&message).await;
            }
        }
    }

    async fn hear(&self, Stored { sequence, headers, payload, .. }: &Stored) {
        let sender = log::sender(headers);
        self.peers.hear(sender);
        let Ok(posts) = message::parse(payload) else {
            // The writers say so.
            return;
        };
        let is_ours = self.log.is_ours(sender);
        for post in posts {
            self.quarters.hear(*sequence, is_ours, post).await;
        }
    }
}
