use std::sync::Arc;

use readings::Mac;
use tokio::sync::mpsc;

use super::bucket::{Bucket, Entry, Seen};
use super::log::Log;
use super::quarters::Quarters;
use crate::store::{Heard, Label};

/// The bucket; a label's key is `SITE.MAC`.
const BUCKET: &str = "clouddata-labels";

/// The motes' labels, in a bucket that every server watches.
#[derive(Clone)]
pub(super) struct Labels {
    bucket: Bucket,
}

impl Labels {
    pub(super) const fn new(log: Log) -> Self {
        Self { bucket: Bucket::new(log, BUCKET) }
    }

    /// Returns when a quorum has it.
    pub(super) async fn set(&self, site: u32, Label { mac, text }: &Label) -> Result<(), String> {
        self.bucket.put(&format!("{site}.{mac}"), text.clone().into_bytes()).await
    }

    /// Forgets those of a site that was removed.
    pub(super) async fn forget(&self, site: u32) {
        if let Err(reason) = self.bucket.purge(&site.to_string()).await {
            tracing::warn!(reason, site, "the labels of a removed site are still there");
        }
    }

    /// Hears of every label of any site, those that there were first.
    pub(super) async fn watch(self, quarters: Arc<Quarters>) {
        // They are told in their order, without the bucket having to wait.
        let (send, mut labels) = mpsc::unbounded_channel();
        let watch = self.bucket.watch(|seen| {
            if let Seen::Entry(entry) = seen
                && let Some(label) = parse(entry)
            {
                // The other end is below.
                let _ = send.send(label);
            }
        });
        let tell = async {
            while let Some((site, label)) = labels.recv().await {
                let Some(quarter) = quarters.of(site) else {
                    if !label.text.is_empty() {
                        self.forget(site).await;
                    }
                    continue;
                };
                quarter.motes.set_label(label.clone());
                quarter.tell(Heard::Label(label)).await;
            }
        };
        tokio::join!(watch, tell);
    }
}

/// Whose label it is, and what; nothing if it is not ours.
fn parse(Entry { key, value, .. }: Entry) -> Option<(u32, Label)> {
    let (site, mac) = key.split_once('.')?;
    let mac: Mac = mac.parse().ok()?;
    let text = String::from_utf8_lossy(&value.unwrap_or_default()).into_owned();
    Some((site.parse().ok()?, Label { mac, text }))
}
