//! What the manager tells of the paths, and motes of their neighbours.

use core::time::Duration;

use manager_core::command::{MoteLink, PathDirection, Rssi};

use super::link::{cell, slots};
use super::{ACCESS_POINT, Account, Mesh};

/// Links of the path to the better parent, and to the other.
const LINKS: [u8; 2] = [2, 1];

/// A path as one of its ends sees it.
#[derive(Clone, Copy, Debug)]
pub(in crate::device) struct Path {
    pub(in crate::device) peer: usize,
    pub(in crate::device) direction: PathDirection,
    pub(in crate::device) num_links: u8,
    pub(in crate::device) quality: u8,
    /// What the peer receives.
    pub(in crate::device) rssi_there: Rssi,
    /// What this node receives.
    pub(in crate::device) rssi_here: Rssi,
    link: usize,
}

impl Mesh {
    /// Number of what a node hears, present or not; each is a path by its index.
    pub(in crate::device) fn path_count(&self, node: usize) -> usize {
        self.nodes[node].links.len()
    }

    /// A node's path; `None` if it or the peer is not there.
    pub(in crate::device) fn path(&self, node: usize, index: usize, now: Duration) -> Option<Path> {
        let link = *self.nodes[node].links.get(index)?;
        let peer = self.links[link].peer(node);
        if !(self.nodes[node].is_present && self.nodes[peer].is_present) {
            return None;
        }
        let (direction, num_links) = self.purpose(node, peer, link);
        let radio = &self.links[link].radio;
        let (here, there) = (self.links[link].end(node), self.links[link].end(peer));
        Some(Path {
            peer,
            direction,
            num_links,
            quality: self.links[link].quality(now),
            rssi_there: Rssi(radio.rssi(there, now)),
            rssi_here: Rssi(radio.rssi(here, now)),
            link,
        })
    }

    /// All of a node's paths.
    pub(in crate::device) fn paths(&self, node: usize, now: Duration) -> Vec<Path> {
        (0..self.path_count(node)).filter_map(|index| self.path(node, index, now)).collect()
    }

    /// What has gone over a path since the node last reported.
    pub(in crate::device) fn take_account(&mut self, node: usize, path: &Path) -> Account {
        self.links[path.link].take_account(node)
    }

    /// The slots in which a node is awake, parents first.
    pub(in crate::device) fn slots(
        &self,
        node: usize,
        now: Duration,
        mote_id: impl Fn(usize) -> u16,
    ) -> Vec<MoteLink> {
        let mut paths = self.paths(node, now);
        paths.sort_by_key(|path| path.direction != PathDirection::Upstream);
        let links = paths.iter().flat_map(|path| {
            let is_child = path.direction == PathDirection::Upstream;
            slots(path.link, path.num_links, is_child, mote_id(path.peer))
        });
        links.collect()
    }

    /// Slot and channel offset of a path's first link.
    pub(in crate::device) fn cell(path: &Path) -> (u32, u8) {
        cell(path.link, 0)
    }

    /// What each node would send to the access point if each mote sent this much; what it gets
    /// from its children included.
    pub(in crate::device) fn loads(&self, own: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut loads: Vec<_> = (0..self.nodes.len()).map(own).collect();
        for &node in self.nearest_first.iter().rev() {
            let parents = &self.nodes[node].parents;
            for &link in parents {
                let share = loads[node] / f64::from(u32::try_from(parents.len()).unwrap_or(1));
                loads[self.links[link].peer(node)] += share;
            }
        }
        loads
    }

    fn purpose(&self, node: usize, peer: usize, link: usize) -> (PathDirection, u8) {
        let rank = |child: usize| self.nodes[child].parents.iter().position(|&own| own == link);
        let links = |rank: usize| LINKS.get(rank).copied().unwrap_or(1);
        match (rank(node), rank(peer)) {
            (Some(rank), _) if node != ACCESS_POINT => (PathDirection::Upstream, links(rank)),
            (_, Some(rank)) => (PathDirection::Downstream, links(rank)),
            _ => (PathDirection::Unused, 0),
        }
    }
}
