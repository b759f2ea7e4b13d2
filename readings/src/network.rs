//! How a network is doing, by the thresholds of the vendor's application note: rules for facts,
//! whoever has them. A server has those of a day, a gateway those of one look at its manager.

mod facts;
mod kind;
mod report;

pub use facts::{Facts, Traffic, stability};
pub use kind::Wanted;
pub use report::{Test, tests};

use std::collections::{BTreeMap, BTreeSet};

use crate::{Link, LinkKind, Mac};

/// Each mote's parents, the other ends of its upstream paths; of a mote that has none, but is at an
/// end of some path, that there are none.
#[must_use]
pub fn parents(links: &[Link]) -> BTreeMap<Mac, BTreeSet<Mac>> {
    let mut parents: BTreeMap<Mac, BTreeSet<Mac>> = BTreeMap::new();
    for link in links.iter().filter(|link| link.kind == LinkKind::Path) {
        for end in [link.mac, link.neighbour] {
            parents.entry(end).or_default();
        }
        if let Some((child, parent)) = link.relation() {
            parents.entry(child).or_default().insert(parent);
        }
    }
    parents
}
