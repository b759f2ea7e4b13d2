//! How a network is doing, by the thresholds of the vendor's application note: rules for facts,
//! whoever has them. A server has those of a day, a gateway those of one look at its manager.

mod facts;
mod kind;
mod report;

pub use facts::{Facts, Traffic, stability};
pub use kind::Wanted;
pub use report::{Test, tests};

use std::collections::{BTreeMap, BTreeSet};

use crate::{Link, Mac};

/// Each mote's parents: the other ends of its upstream paths.
#[must_use]
pub fn parents(links: &[Link]) -> BTreeMap<Mac, BTreeSet<Mac>> {
    let mut parents: BTreeMap<Mac, BTreeSet<Mac>> = BTreeMap::new();
    for (child, parent) in links.iter().filter_map(Link::relation) {
        parents.entry(child).or_default().insert(parent);
    }
    parents
}
