use std::sync::Arc;

use tokio::runtime::Handle;

use super::quarter::Quarter;
use super::{Cluster, Shared};
use crate::sites::Site;
use crate::store::{Store, Stores};

/// The stores of all sites.
pub(super) struct Sites {
    pub(super) shared: Arc<Shared>,
    pub(super) runtime: Handle,
}

impl Sites {
    /// That of a site, which is there. What is heard of it is kept from now on, until somebody takes it.
    pub(super) fn store(&self, site: u32, max_motes: usize) -> Cluster {
        let quarter = self.shared.quarters.open(site);
        quarter.limit_motes(max_motes);
        if quarter.listen() {
            self.runtime.spawn(Quarter::learn(Arc::downgrade(&quarter)));
        }
        Cluster { shared: Arc::clone(&self.shared), quarter }
    }
}

impl Stores for Sites {
    fn of(&self, site: &Site) -> Arc<dyn Store> {
        let keeping = site.limits.keeping(&self.shared.keeping);
        Arc::new(self.store(site.number, keeping.max_motes))
    }

    fn forget(&self, number: u32) {
        let left = self.shared.quarters.forget(number);
        if left.is_some_and(|quarter| quarter.motes.has_labels()) {
            let labels = self.shared.labels.clone();
            self.runtime.spawn(async move { labels.forget(number).await });
        }
    }

    fn stored(&self, _: u32) -> Option<u64> {
        None
    }
}
