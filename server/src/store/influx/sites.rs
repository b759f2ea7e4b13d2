//! Several sites in one engine, which is VictoriaMetrics: their series have a label that says whose
//! they are, but for the default site's.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::promql::{count, removal};
use super::whose::Whose;
use super::{Influx, Known, Shared};
use crate::store::{Answer, Keeping};

impl Influx {
    /// What the engine has of a site; the default one's number is 0. It shares the threads and the
    /// places for queries. The engine has to be VictoriaMetrics, also for what is below.
    #[must_use]
    pub fn of_site(&self, site: u32) -> Self {
        let Shared { queue, backlog, client, engine, dialect, keeping, names, .. } = &*self.shared;
        let shared = Shared {
            queue: Arc::clone(queue),
            backlog: Arc::clone(backlog),
            client: client.of(Whose::Site(site)),
            engine: *engine,
            dialect: *dialect,
            keeping: Keeping::clone(keeping),
            known: Known::default(),
            names: Arc::clone(names),
        };
        Self {
            shared: Arc::new(shared),
            queries: self.queries.clone(),
            short: self.short.clone(),
            writers: Arc::clone(&self.writers),
        }
    }

    /// How many readings, links and events there are.
    #[must_use]
    pub fn stored(&self) -> Answer<u64> {
        let keeping = &self.shared.keeping;
        let oldest = [keeping.retention, keeping.network_retention].map(|it| keeping.oldest(it));
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |_| count::count(&shared.client, oldest))
    }

    /// The sites of which it has anything, but for the default one.
    #[must_use]
    pub fn sites(&self) -> Answer<BTreeSet<u32>> {
        let shared = Arc::clone(&self.shared);
        self.short.run(move |_| removal::sites(&shared.client))
    }

    /// Deletes what it has of a site, which is not the default one.
    #[must_use]
    pub fn delete(&self, site: u32) -> Answer<()> {
        let shared = Arc::clone(&self.shared);
        self.short.run(move |_| removal::delete(&shared.client, site))
    }
}
