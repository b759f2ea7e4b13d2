//! What goes over the paths.

use core::time::Duration;

use super::{ACCESS_POINT, Account, Mesh, NodeTally};

/// Share of a mote's packets that go by its better parent.
const BETTER: f64 = 0.75;

/// A path with nothing to carry is tried this often.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

impl Mesh {
    /// A packet goes from a mote to the access point.
    pub(in crate::device) fn carry_up(&mut self, from: usize, now: Duration) {
        let mut node = from;
        while node != ACCESS_POINT {
            let parents = &self.nodes[node].parents;
            let better = parents.first().filter(|_| parents.len() == 1 || self.rng.f64() < BETTER);
            let Some(&link) = better.or(parents.last()) else { return };
            node = self.carry(link, node, now);
        }
    }

    /// A packet goes from the access point to a mote.
    pub(in crate::device) fn carry_down(&mut self, to: usize, now: Duration) {
        let mut way = Vec::new();
        let mut node = to;
        while let Some(&link) = self.nodes[node].parents.first() {
            node = self.links[link].peer(node);
            way.push((link, node));
        }
        for (link, sender) in way.into_iter().rev() {
            self.carry(link, sender, now);
        }
    }

    /// A mote makes sure of its parents, as it does when it has nothing else to send.
    pub(in crate::device) fn keep_alive(&mut self, node: usize, now: Duration, since: Duration) {
        let count = now.saturating_sub(since).as_secs() / KEEP_ALIVE.as_secs();
        for link in self.nodes[node].parents.clone() {
            let end = self.links[link].end(node);
            let sent = u64::from(self.links[link].accounts[end].attempts);
            for _ in sent..count.min(255) {
                self.carry(link, node, now);
            }
        }
    }

    /// What a node has done since it was asked last.
    pub(in crate::device) fn take_tally(&mut self, node: usize) -> NodeTally {
        core::mem::take(&mut self.nodes[node].tally)
    }

    /// What a node has done in its life.
    pub(in crate::device) fn efforts(&self, node: usize) -> u64 {
        self.nodes[node].efforts
    }

    pub(super) fn fail(&mut self, link: usize, node: usize, tries: u32, now: Duration) {
        self.links[link].fail(node, tries, now);
        self.count(tries, tries);
        let sender = &mut self.nodes[node];
        sender.efforts += u64::from(tries);
        sender.tally.dropped = sender.tally.dropped.saturating_add(1);
    }

    /// One hop; returns where the packet is then.
    fn carry(&mut self, link: usize, sender: usize, now: Duration) -> usize {
        let receiver = self.links[link].peer(sender);
        let tries = self.links[link].carry(sender, now, &mut self.rng);
        self.count(tries, tries - 1);
        let node = &mut self.nodes[sender];
        node.tally.sent = node.tally.sent.saturating_add(1);
        node.efforts += u64::from(tries);
        let node = &mut self.nodes[receiver];
        node.tally.received = node.tally.received.saturating_add(1);
        node.efforts += 1;
        // Some of what was sent in vain has arrived in pieces.
        let garbled = u32::from(tries > 1 && self.rng.u8(..8) == 0);
        node.tally.garbled = node.tally.garbled.saturating_add(garbled);
        receiver
    }

    const fn count(&mut self, attempts: u32, failures: u32) {
        let Account { attempts: all, failures: failed, .. } = &mut self.total;
        // Beyond what can be counted, the share stays as it is.
        if all.checked_add(attempts).is_none() {
            (*all, *failed) = (*all / 2, *failed / 2);
        }
        *all += attempts;
        *failed += failures;
    }
}
