use core::time::Duration;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use super::post::Post;
use super::quarter::Quarter;
use super::recent::Recent;
use crate::store::Influx;

/// Between two looks whether something is to be counted.
const LOOK: Duration = Duration::from_secs(2);

/// What this server has of each site that was heard of. There are no more of them than sites ever had:
/// what is heard was posted with a token of the site.
pub(super) struct Quarters {
    all: RwLock<HashMap<u32, Arc<Quarter>>>,
    /// Sites that were removed.
    gone: RwLock<BTreeSet<u32>>,
    recent: Recent,
    history: Arc<Influx>,
}

impl Quarters {
    pub(super) fn new(history: Arc<Influx>) -> Self {
        Self { all: RwLock::default(), gone: RwLock::default(), recent: Recent::default(), history }
    }

    /// That of a site; none if it was removed.
    pub(super) fn of(&self, site: u32) -> Option<Arc<Quarter>> {
        let known = self.all.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&site) {
            return Some(Arc::clone(known));
        }
        drop(known);
        (!self.is_gone(site)).then(|| self.open(site))
    }

    /// The same of one that is there.
    pub(super) fn open(&self, site: u32) -> Arc<Quarter> {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let history = Arc::new(self.history.of_site(site));
            Arc::new(Quarter::new(site, self.recent.of_site(site), history))
        };
        Arc::clone(all.entry(site).or_insert_with(make))
    }

    /// Gives a post of the message with this number to its site.
    pub(super) async fn hear(&self, sequence: u64, is_ours: bool, post: Post) {
        if let Some(quarter) = self.of(post.site) {
            quarter.hear(sequence, is_ours, post).await;
        }
    }

    /// Those of all sites.
    pub(super) fn all(&self) -> Vec<Arc<Quarter>> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.values().map(Arc::clone).collect()
    }

    /// Has the history count what sites have that may not have any number, for ever.
    pub(super) async fn count(self: Arc<Self>) {
        loop {
            for quarter in self.all() {
                // That has been said in the log; then the others would not be counted either.
                if quarter.count().await.is_err() {
                    break;
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// A site was removed: what is still heard of it is nobody's. Returns what this server had of it.
    pub(super) fn forget(&self, site: u32) -> Option<Arc<Quarter>> {
        self.gone.write().unwrap_or_else(PoisonError::into_inner).insert(site);
        self.all.write().unwrap_or_else(PoisonError::into_inner).remove(&site)
    }

    /// Whether any was.
    pub(super) fn is_any_gone(&self) -> bool {
        !self.gone.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whether it was.
    pub(super) fn is_gone(&self, site: u32) -> bool {
        self.gone.read().unwrap_or_else(PoisonError::into_inner).contains(&site)
    }

    /// What of all sites is heard and no longer needed here is forgotten.
    pub(super) fn settle(&self, sequence: u64) {
        self.recent.forget(sequence);
    }
}

#[cfg(test)]
mod tests {
    use readings::{Mac, Timestamp};

    use super::*;
    use crate::store::{Engine, Heard, InfluxConfig, Protocol, Records, Sample};

    fn quarters() -> Quarters {
        let folder = tempfile::tempdir().unwrap();
        let protocol = Protocol::V2 {
            org: String::new(),
            bucket: String::new(),
            network_bucket: None,
            token: None,
        };
        let url = "http://127.0.0.1:9".to_owned();
        let config = InfluxConfig::new(url, protocol, Engine::VictoriaMetrics);
        let history = Influx::open(&config, Duration::from_secs(1), folder.path()).unwrap();
        Quarters::new(Arc::new(history))
    }

    fn post(site: u32) -> Post {
        let mac = Mac::from(u64::from(site).to_be_bytes());
        let records: Records =
            vec![Sample::temperature(mac, Timestamp::from_micros(1), 2.0)].into();
        Post { site, client: format!("of {site}"), records }
    }

    #[tokio::test]
    async fn each_site_hears_what_is_its_own_once() {
        let quarters = quarters();
        let mut heard: Vec<_> = [0, 7]
            .map(|site| {
                let quarter = quarters.open(site);
                assert!(quarter.listen() && !quarter.listen());
                (quarter.heard().unwrap(), quarter)
            })
            .into();
        for (sequence, site) in [(1, 7), (2, 0), (2, 7), (3, 9)] {
            quarters.hear(sequence, site == 7, post(site)).await;
        }
        for (heard, quarter) in &mut heard {
            let Post { site, client, records } = post(quarter.site);
            let is_ours = site == 7;
            assert_eq!(heard.try_recv(), Ok(Heard::Records { client, records, is_ours }));
            assert!(heard.try_recv().is_err());
            assert_eq!(quarter.motes.count(), 1);
        }
        // What nobody listens to is kept for when somebody asks.
        assert_eq!(quarters.of(9).unwrap().motes.count(), 1);
    }

    #[tokio::test]
    async fn what_is_still_heard_of_a_removed_site_is_nobodys() {
        let quarters = quarters();
        quarters.hear(1, true, post(7)).await;
        assert!(quarters.forget(7).is_some() && quarters.is_any_gone());
        quarters.hear(2, true, post(7)).await;
        assert!(quarters.of(7).is_none() && quarters.all().is_empty());
    }
}
