use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::mpsc;

use super::motes::Motes;
use super::post::Post;
use super::recent::Recent;
use crate::store::Heard;

/// Who hears what is followed: each site's own.
#[derive(Default)]
pub(super) struct Listeners(RwLock<HashMap<u32, Arc<Listener>>>);

/// What one site makes of what it hears.
pub(super) struct Listener {
    pub(super) recent: Arc<Recent>,
    pub(super) motes: Arc<Motes>,
    pub(super) heard: mpsc::Sender<Heard>,
}

impl Listeners {
    /// From now on a site hears what is its own.
    pub(super) fn add(&self, site: u32, listener: Listener) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(site, Arc::new(listener));
    }

    /// Gives a post of the message with this number to its site, if it is one that listens.
    pub(super) async fn hear(&self, sequence: u64, post: Post) {
        if let Some(listener) = self.of(post.site) {
            listener.hear(sequence, post).await;
        }
    }

    fn of(&self, site: u32) -> Option<Arc<Listener>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&site).map(Arc::clone)
    }
}

impl Listener {
    async fn hear(&self, sequence: u64, Post { client, records, .. }: Post) {
        let records = self.recent.hear(sequence, records);
        self.motes.hear(&records);
        if !records.is_empty() {
            // Fails only when nobody listens any more.
            let _ = self.heard.send(Heard::Records { client, records }).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use readings::{Mac, Timestamp};

    use super::*;
    use crate::store::{Records, Sample};

    #[tokio::test]
    async fn each_site_hears_what_is_its_own() {
        let listeners = Listeners::default();
        let mut heard: HashMap<u32, mpsc::Receiver<Heard>> = HashMap::new();
        for site in [0, 7] {
            let (send, receive) = mpsc::channel(9);
            heard.insert(site, receive);
            let (recent, motes) = (Arc::default(), Arc::default());
            listeners.add(site, Listener { recent, motes, heard: send });
        }
        let records = |site: u32| -> Records {
            let mac = Mac::from(u64::from(site).to_be_bytes());
            vec![Sample::temperature(mac, Timestamp::from_micros(1), 20.0)].into()
        };
        for (sequence, site) in [(1, 7), (2, 0), (2, 7), (3, 9)] {
            let post = Post { site, client: format!("of {site}"), records: records(site) };
            listeners.hear(sequence, post).await;
        }
        for (site, heard) in &mut heard {
            let (client, records) = (format!("of {site}"), records(*site));
            assert_eq!(heard.try_recv(), Ok(Heard::Records { client, records }));
            // What has come again is not told, nor what is another's.
            assert!(heard.try_recv().is_err());
            assert_eq!(listeners.of(*site).unwrap().motes.count(), 1);
        }
    }
}
