//! By whom each mote sends.

use core::time::Duration;

use super::{ACCESS_POINT, Mesh};

/// A mote has two parents, if it can.
const PARENTS: usize = 2;

/// A path that serves less well than this is no second one.
const SECOND_BEST: f64 = 0.6;

/// How long something stands in a path's way, in s.
const OBSTACLE: core::ops::Range<u64> = 300..1800;

/// Tries in vain before a path is given up.
const VAIN_TRIES: core::ops::Range<u32> = 8..20;

/// Paths that the manager has made and given up, each from a mote to its parent.
#[derive(Debug, Default)]
pub(in crate::device) struct Rearrangement {
    pub(in crate::device) deleted: Vec<(usize, usize)>,
    pub(in crate::device) created: Vec<(usize, usize)>,
}

impl Mesh {
    /// A mote joins, if somebody nearer to the access point hears it.
    pub(in crate::device) fn enter(&mut self, node: usize, now: Duration) -> Rearrangement {
        let mut changes = Rearrangement::default();
        self.find_parents(node, now, &mut changes);
        if !self.nodes[node].parents.is_empty() {
            self.nodes[node].is_present = true;
            // Some may have waited for a second parent.
            for link in self.nodes[node].links.clone() {
                let peer = self.links[link].peer(node);
                if self.nodes[peer].is_present && peer != ACCESS_POINT {
                    self.find_parents(peer, now, &mut changes);
                }
            }
        }
        changes
    }

    /// A mote is gone; those that sent by it look for others.
    pub(in crate::device) fn leave(&mut self, node: usize, now: Duration) -> Rearrangement {
        let mut changes = Rearrangement::default();
        self.nodes[node].is_present = false;
        for link in self.nodes[node].links.clone() {
            self.links[link].forget();
        }
        for link in core::mem::take(&mut self.nodes[node].parents) {
            changes.deleted.push((node, self.links[link].peer(node)));
        }
        for (child, link) in self.children(node) {
            self.nodes[child].parents.retain(|&parent| parent != link);
            changes.deleted.push((child, node));
            self.find_parents(child, now, &mut changes);
        }
        changes
    }

    /// Whether nobody would be lost with it.
    pub(in crate::device) fn is_dispensable(&self, node: usize, now: Duration) -> bool {
        self.children(node).into_iter().all(|(child, link)| {
            let others = self.nodes[child].parents.iter().any(|&parent| parent != link);
            others || self.candidate(child, now, &[link]).is_some()
        })
    }

    /// Something gets in the way of a mote's path; if there is another way, the manager takes it.
    pub(in crate::device) fn block_a_path(&mut self, node: usize, now: Duration) -> Rearrangement {
        let mut changes = Rearrangement::default();
        let parents = &self.nodes[node].parents;
        let Some(&link) = parents.get(self.rng.usize(0..parents.len().max(1))) else {
            return changes;
        };
        let is_last = parents.len() == 1;
        if is_last && self.candidate(node, now, &[link]).is_none() {
            return changes;
        }
        let tries = self.rng.u32(VAIN_TRIES);
        self.fail(link, node, tries, now);
        let until = now + Duration::from_secs(self.rng.u64(OBSTACLE));
        self.links[link].radio.block(until);
        self.nodes[node].parents.retain(|&parent| parent != link);
        changes.deleted.push((node, self.links[link].peer(node)));
        self.find_parents(node, now, &mut changes);
        changes
    }

    /// Whether a mote has anybody to send by.
    pub(in crate::device) fn has_parents(&self, node: usize) -> bool {
        !self.nodes[node].parents.is_empty()
    }

    /// The motes that send by this one, and the links.
    pub(super) fn children(&self, node: usize) -> Vec<(usize, usize)> {
        let links = self.nodes[node].links.iter();
        let child = links.map(|&link| (self.links[link].peer(node), link));
        child.filter(|&(child, link)| self.nodes[child].parents.contains(&link)).collect()
    }

    /// Makes the parents complete.
    fn find_parents(&mut self, node: usize, now: Duration, changes: &mut Rearrangement) {
        while self.nodes[node].parents.len() < PARENTS {
            let taken = &self.nodes[node].parents;
            let Some(link) = self.candidate(node, now, taken) else { break };
            let stability = self.links[link].radio.stability(now);
            if !taken.is_empty() && stability < SECOND_BEST {
                break;
            }
            let parent = self.links[link].peer(node);
            self.nodes[node].parents.push(link);
            changes.created.push((node, parent));
        }
        let mut parents = core::mem::take(&mut self.nodes[node].parents);
        let value = |link: &usize| self.value(*link, node, now);
        parents.sort_by(|one, other| value(one).total_cmp(&value(other)));
        let cost = parents.first().map_or(f64::INFINITY, value);
        self.nodes[node].cost = cost;
        self.nodes[node].parents = parents;
    }

    /// The best link to somebody nearer to the access point, so that nothing goes in a circle.
    fn candidate(&self, node: usize, now: Duration, taken: &[usize]) -> Option<usize> {
        let nearer = |link: &usize| {
            let peer = &self.nodes[self.links[*link].peer(node)];
            peer.is_present && peer.cost.is_finite() && peer.distance < self.nodes[node].distance
        };
        let free = |link: &usize| {
            !taken.contains(link) && !self.links[*link].radio.is_blocked(now) && nearer(link)
        };
        let links = self.nodes[node].links.iter().copied().filter(free);
        let valued = links.map(|link| (self.value(link, node, now), link));
        valued.min_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, link)| link)
    }

    /// What a packet costs to the access point by this link: its tries, and once more as many for
    /// the time and the batteries of others that they take.
    fn value(&self, link: usize, node: usize, now: Duration) -> f64 {
        let link = &self.links[link];
        self.nodes[link.peer(node)].cost + link.radio.stability(now).powi(-2)
    }
}
