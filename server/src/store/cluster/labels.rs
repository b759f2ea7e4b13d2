use core::time::Duration;
use std::sync::Arc;

use async_nats::jetstream::kv::Operation;
use futures_util::StreamExt;
use readings::Mac;
use tokio::sync::mpsc;

use super::log::Log;
use super::motes::Motes;
use crate::store::{Heard, Label};
use crate::tally::Tally;

/// Before it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// The motes' labels, in a bucket that every server watches.
pub(super) struct Labels {
    pub(super) log: Log,
    /// Of which site they are.
    pub(super) site: u32,
}

impl Labels {
    /// Returns when a quorum has it.
    pub(super) async fn set(&self, Label { mac, text }: &Label) -> Result<(), String> {
        let bucket = self.log.labels().await?;
        let key = format!("{}.{mac}", self.site);
        let set = bucket.put(key, text.clone().into_bytes().into()).await;
        set.map(drop).map_err(|error| format!("NATS: {error}"))
    }

    /// Hears of every label, those that there were first.
    pub(super) async fn watch(self, motes: Arc<Motes>, heard: mpsc::Sender<Heard>) {
        let failed = Tally::default();
        loop {
            if let Err(reason) = self.watch_once(&motes, &heard).await
                && let Some(times) = failed.count()
            {
                tracing::warn!(reason, times, "labels that others give are not heard of");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn watch_once(&self, motes: &Motes, heard: &mpsc::Sender<Heard>) -> Result<(), String> {
        let bucket = self.log.labels().await?;
        let prefix = format!("{}.", self.site);
        let entries = bucket.watch_with_history(format!("{prefix}>")).await;
        let mut entries = entries.map_err(|error| error.to_string())?;
        while let Some(entry) = entries.next().await {
            let entry = entry.map_err(|error| error.to_string())?;
            let mac: Option<Mac> = entry.key.strip_prefix(&prefix).and_then(|mac| mac.parse().ok());
            let Some(mac) = mac else { continue };
            let text = match entry.operation {
                Operation::Put => String::from_utf8_lossy(&entry.value).into_owned(),
                Operation::Delete | Operation::Purge => String::new(),
            };
            let label = Label { mac, text };
            motes.set_label(label.clone());
            // Fails only when nobody listens any more.
            let _ = heard.send(Heard::Label(label)).await;
        }
        Err("the bucket of labels has ended".to_owned())
    }
}
