//! Who hears whom, who sends by whom, and what has gone over each path.
//!
//! Nodes are numbers: 0 is the access point, the motes follow in their order.

mod describe;
mod layout;
mod link;
mod parents;
mod radio;
mod traffic;

pub(super) use describe::Path;
pub(super) use link::{Account, FRAME};
pub(super) use parents::Rearrangement;

use fastrand::Rng;
use layout::Layout;
use link::Link;
use radio::Radio;

/// The access point's number.
pub(super) const ACCESS_POINT: usize = 0;

/// The nodes and the air between them.
#[derive(Debug)]
pub(super) struct Mesh {
    nodes: Vec<Node>,
    links: Vec<Link>,
    /// All nodes, the access point first, then by their distance from it.
    nearest_first: Vec<usize>,
    /// What the whole network has tried since it was asked to count.
    total: Account,
    rng: Rng,
}

#[derive(Debug, Default)]
struct Node {
    /// From the access point, in steps.
    distance: f64,
    /// Links to all it hears, by their index.
    links: Vec<usize>,
    /// Of those, the ones to its parents, the better first.
    parents: Vec<usize>,
    /// What a packet from here to the access point costs; less is better.
    cost: f64,
    is_present: bool,
    tally: NodeTally,
    /// Packets sent and received in its life, each try counted.
    efforts: u64,
}

/// What a node has done since it last reported.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NodeTally {
    pub(super) sent: u32,
    pub(super) received: u32,
    pub(super) dropped: u32,
    pub(super) garbled: u32,
}

impl Mesh {
    pub(super) fn new(motes: usize, mut rng: Rng) -> Self {
        let layout = Layout::new(motes, &mut rng);
        let mut nodes: Vec<_> = (0..=motes)
            .map(|node| Node { distance: layout.distance(ACCESS_POINT, node), ..Node::default() })
            .collect();
        let mut links = Vec::new();
        for (one, other) in layout.pairs() {
            let Some(radio) = Radio::over(layout.distance(one, other), &mut rng) else { continue };
            for node in [one, other] {
                nodes[node].links.push(links.len());
            }
            links.push(Link::new([one, other], radio));
        }
        let mut nearest_first: Vec<_> = (0..=motes).collect();
        nearest_first.sort_by(|&one, &other| nodes[one].distance.total_cmp(&nodes[other].distance));
        let mut mesh = Self { nodes, links, nearest_first, total: Account::default(), rng };
        mesh.boot();
        mesh
    }

    /// Only the access point is there.
    pub(super) fn boot(&mut self) {
        for node in &mut self.nodes {
            node.parents.clear();
            node.is_present = false;
            node.tally = NodeTally::default();
        }
        self.links.iter_mut().for_each(Link::forget);
        self.nodes[ACCESS_POINT].is_present = true;
        self.count_anew();
    }

    /// The motes, by their distance from the access point.
    pub(super) fn nearest_first(&self) -> &[usize] {
        &self.nearest_first[1..]
    }

    /// Begins to count tries and failures of the whole network.
    pub(super) fn count_anew(&mut self) {
        self.total = Account::default();
    }

    /// Tries that succeeded since then, in %.
    pub(super) fn path_stability(&self) -> u8 {
        let Account { attempts, failures, .. } = self.total;
        let percent = (u64::from(attempts - failures) * 100).checked_div(attempts.into());
        percent.map_or(100, |percent| u8::try_from(percent).unwrap_or(100))
    }

    /// Hops of each node to the access point; `None` if there is no way.
    pub(super) fn depths(&self) -> Vec<Option<u8>> {
        let mut depths = vec![None; self.nodes.len()];
        depths[ACCESS_POINT] = Some(0);
        // Parents are nearer to the access point, so that theirs is known first.
        for &node in self.nearest_first() {
            let depth = |link: &usize| depths[self.links[*link].peer(node)];
            let nearest: Option<u8> = self.nodes[node].parents.iter().filter_map(depth).min();
            depths[node] = nearest.map(|depth| depth.saturating_add(1));
        }
        depths
    }
}
