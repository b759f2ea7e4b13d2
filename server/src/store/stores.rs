use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Embedded, SiteKeeping, Store};
use crate::sites::{Registry, Site};

/// What a server keeps readings in.
pub(crate) struct Opened {
    /// The default site's store.
    pub(crate) store: Arc<dyn Store>,
    /// What has those of the others, if there can be any.
    pub(crate) stores: Option<Arc<dyn Stores>>,
    /// What sites and tokens there are, if that is kept there too.
    pub(crate) registry: Option<Box<dyn Registry>>,
}

/// Has a store for each site.
pub trait Stores: Send + Sync {
    /// That of a site, which is not the default one. To ask again is to change its limits, for all
    /// who have asked before.
    fn of(&self, site: &Site) -> Arc<dyn Store>;

    /// Has what a site left behind deleted, in time. That there is nothing is no fault.
    fn forget(&self, number: u32);

    /// How many readings, links and events a site has, if that is counted.
    fn stored(&self, number: u32) -> Option<u64>;

    /// Tells the other servers that share the stores, as far as they listen now.
    fn tell(&self, _word: Vec<u8>) {}

    /// What others tell from now on. None, if nobody shares the stores.
    fn told(&self) -> Option<mpsc::Receiver<Told>> {
        None
    }
}

/// What another server has told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What names it, while it runs.
    pub server: String,
    /// What it has told, as it was given to [`Stores::tell`].
    pub word: Vec<u8>,
}

impl Stores for Arc<Embedded> {
    fn of(&self, site: &Site) -> Arc<dyn Store> {
        let max_motes = site.limits.motes.and_then(|motes| motes.get().try_into().ok());
        let limits = SiteKeeping {
            max_motes: max_motes.unwrap_or(usize::MAX),
            max_readings: site.limits.stored_readings.map_or(u64::MAX, |most| most.get().into()),
        };
        self.site(site.number, limits)
    }

    fn forget(&self, number: u32) {
        // It goes on from here; that it is noted is answered when there is somebody to listen.
        drop(self.forget_site(number));
    }

    fn stored(&self, number: u32) -> Option<u64> {
        Embedded::stored(self, number)
    }
}
