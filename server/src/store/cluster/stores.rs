use core::num::NonZeroU32;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::quarter::Quarter;
use super::words::Words;
use super::{Cluster, Shared};
use crate::sites::Site;
use crate::store::{Store, Stores, Told};

/// The stores of all sites.
pub(super) struct Sites {
    pub(super) shared: Arc<Shared>,
    pub(super) runtime: Handle,
}

impl Sites {
    /// That of a site, which is there. What is heard of it is kept from now on, until somebody takes it.
    pub(super) fn store(&self, site: u32, max_motes: usize, max_stored: Option<u32>) -> Cluster {
        let quarter = self.shared.quarters.open(site);
        quarter.limit_motes(max_motes);
        quarter.stock.limit(max_stored);
        if quarter.listen() {
            self.runtime.spawn(Quarter::learn(Arc::downgrade(&quarter)));
        }
        Cluster { shared: Arc::clone(&self.shared), quarter }
    }

    fn words(&self) -> Words {
        Words { log: self.shared.log.clone() }
    }
}

impl Stores for Sites {
    fn of(&self, site: &Site) -> Arc<dyn Store> {
        let keeping = site.limits.keeping(&self.shared.keeping);
        let max_stored = site.limits.stored_readings.map(NonZeroU32::get);
        Arc::new(self.store(site.number, keeping.max_motes, max_stored))
    }

    fn forget(&self, number: u32) {
        let left = self.shared.quarters.forget(number);
        if left.is_some_and(|quarter| quarter.motes.has_labels()) {
            let labels = self.shared.labels.clone();
            self.runtime.spawn(async move { labels.forget(number).await });
        }
    }

    fn stored(&self, number: u32) -> Option<u64> {
        self.shared.quarters.of(number)?.stock.amount()
    }

    fn tell(&self, word: Vec<u8>) {
        self.runtime.spawn(self.words().tell(word));
    }

    fn told(&self) -> Option<mpsc::Receiver<Told>> {
        let (told, listen) = self.words().listen();
        self.runtime.spawn(listen);
        Some(told)
    }
}
