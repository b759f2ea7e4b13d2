//! Who is whose parent, how far each mote is from the access point, and how good each way is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use readings::network::stability;
use readings::{Direction, Link, LinkKind, Mac, Timestamp};
use serde::Serialize;

/// A way between two motes, with what is known of both its directions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Edge {
    /// The child; where neither is the other's parent, the lower of both.
    pub(crate) a: Mac,
    /// The other end: the parent, if either is.
    pub(crate) b: Mac,
    pub(crate) direction: Direction,
    /// Packets go this way.
    pub(crate) used: bool,
    /// A mote has heard the other without speaking to it.
    pub(crate) heard: bool,
    /// There is a measured stability, in one direction at least.
    pub(crate) measured: bool,
    /// 1 − failures/attempts of what a sends to b, and of what b sends to a.
    pub(crate) stability_ab: Option<f64>,
    pub(crate) stability_ba: Option<f64>,
    pub(crate) attempts_ab: Option<u16>,
    pub(crate) attempts_ba: Option<u16>,
    pub(crate) failures_ab: Option<u16>,
    pub(crate) failures_ba: Option<u16>,
    /// What the manager expects to arrive, in per cent.
    pub(crate) quality: Option<u8>,
    /// Signal of a at b, and of b at a, in dBm.
    pub(crate) rssi_ab: Option<i8>,
    pub(crate) rssi_ba: Option<i8>,
    /// When the newest of it was said.
    pub(crate) timestamp: Option<Timestamp>,
}

/// How many hops each mote is from the nearest access point, along upstream paths. A mote that
/// such paths do not lead to one from has none.
pub(crate) fn hops(
    access_points: &BTreeSet<Mac>,
    parents: &BTreeMap<Mac, BTreeSet<Mac>>,
) -> BTreeMap<Mac, u32> {
    let mut children: BTreeMap<Mac, Vec<Mac>> = BTreeMap::new();
    for (&child, parents) in parents {
        for &parent in parents {
            children.entry(parent).or_default().push(child);
        }
    }
    let mut hops: BTreeMap<Mac, u32> = access_points.iter().map(|&mac| (mac, 0)).collect();
    let mut queue: VecDeque<(Mac, u32)> = access_points.iter().map(|&mac| (mac, 0)).collect();
    while let Some((mac, depth)) = queue.pop_front() {
        for &child in children.get(&mac).into_iter().flatten() {
            hops.entry(child).or_insert_with(|| {
                queue.push_back((child, depth + 1));
                depth + 1
            });
        }
    }
    hops
}

/// Every way of which anything is known. `measured` are the newest links that have attempts, which
/// may be older than the newest of all.
pub(crate) fn edges(links: &[Link], measured: &[Link]) -> Vec<Edge> {
    let mut edges: BTreeMap<(Mac, Mac), Edge> = BTreeMap::new();
    for (child, parent) in links.iter().filter_map(Link::relation) {
        let edge = edges.entry(pair(child, parent)).or_insert_with(|| edge(child, parent));
        edge.direction = Direction::Upstream;
        edge.used = true;
    }
    // What the manager says of a signal comes first, then what a mote does that speaks that way.
    for kind in [LinkKind::Path, LinkKind::Used, LinkKind::Heard] {
        for link in links.iter().filter(|link| link.kind == kind) {
            let pair = pair(link.mac, link.neighbour);
            edges.entry(pair).or_insert_with(|| edge(pair.0, pair.1)).take(link);
        }
    }
    for link in measured {
        if let Some(edge) = edges.get_mut(&pair(link.mac, link.neighbour)) {
            edge.measure(link);
        }
    }
    edges.into_values().collect()
}

fn pair(one: Mac, other: Mac) -> (Mac, Mac) {
    (one.min(other), one.max(other))
}

const fn edge(a: Mac, b: Mac) -> Edge {
    Edge {
        a,
        b,
        direction: Direction::None,
        used: false,
        heard: false,
        measured: false,
        stability_ab: None,
        stability_ba: None,
        attempts_ab: None,
        attempts_ba: None,
        failures_ab: None,
        failures_ba: None,
        quality: None,
        rssi_ab: None,
        rssi_ba: None,
        timestamp: None,
    }
}

impl Edge {
    fn take(&mut self, link: &Link) {
        self.timestamp = self.timestamp.max(link.timestamp);
        // A path has the signal at its far end, the others at the end of the mote that says it.
        let is_forth = link.mac == self.a;
        let (far, near) = match link.kind {
            LinkKind::Path => (link.rssi, link.rssi_back),
            LinkKind::Used | LinkKind::Heard => (None, link.rssi),
        };
        let (ab, ba) = if is_forth { (far, near) } else { (near, far) };
        self.rssi_ab = self.rssi_ab.or(ab);
        self.rssi_ba = self.rssi_ba.or(ba);
        match link.kind {
            LinkKind::Path => {
                self.quality = self.quality.or(link.quality);
                if self.direction == Direction::None
                    && let Some(Direction::Unused) = link.direction
                {
                    self.direction = Direction::Unused;
                }
            }
            LinkKind::Used => self.used = true,
            LinkKind::Heard => self.heard = true,
        }
    }

    fn measure(&mut self, link: &Link) {
        let Some(attempts) = link.attempts.filter(|&attempts| attempts > 0) else { return };
        let failures = link.failures.unwrap_or_default();
        self.measured = true;
        let stability = Some(stability(attempts.into(), failures.into()));
        if link.mac == self.a {
            (self.attempts_ab, self.failures_ab) = (Some(attempts), Some(failures));
            self.stability_ab = stability;
        } else {
            (self.attempts_ba, self.failures_ba) = (Some(attempts), Some(failures));
            self.stability_ba = stability;
        }
    }
}

#[cfg(test)]
mod tests {
    use readings::network::parents;

    use super::*;

    fn mac(mote: u8) -> Mac {
        Mac::from([mote; 8])
    }

    fn link(from: u8, to: u8, kind: LinkKind) -> Link {
        Link::new(mac(from), mac(to), kind, Some(Timestamp::from_micros(i64::from(from))))
    }

    fn path(from: u8, to: u8, direction: Direction) -> Link {
        Link { direction: Some(direction), ..link(from, to, LinkKind::Path) }
    }

    #[test]
    fn hops_are_the_shortest_chain_of_upstream_paths() {
        let links = [
            path(2, 1, Direction::Upstream),
            path(2, 3, Direction::Downstream),
            path(4, 3, Direction::Upstream),
            path(4, 2, Direction::Unused),
            path(5, 4, Direction::Upstream),
            path(5, 1, Direction::Upstream),
            // A pair that leads nowhere.
            path(6, 7, Direction::Upstream),
            path(7, 6, Direction::Upstream),
        ];
        let parents = parents(&links);
        assert_eq!(parents[&mac(5)], [mac(1), mac(4)].into());
        let hops = hops(&[mac(1)].into(), &parents);
        let expected = [(1, 0), (2, 1), (3, 2), (4, 3), (5, 1)];
        assert_eq!(hops, expected.map(|(mote, hops)| (mac(mote), hops)).into());
    }

    #[test]
    fn a_way_has_both_its_directions_from_whoever_knows() {
        let mut up = path(9, 1, Direction::Upstream);
        (up.rssi, up.rssi_back, up.quality) = (Some(-60), None, Some(80));
        let mut back = link(9, 1, LinkKind::Used);
        (back.rssi, back.attempts, back.failures) = (Some(-65), Some(0), Some(0));
        let mut before = back;
        (before.attempts, before.failures) = (Some(40), Some(10));
        let heard = Link { rssi: Some(-90), ..link(3, 2, LinkKind::Heard) };
        let links = [heard, back, up, path(1, 9, Direction::Downstream)];
        let edges = edges(&links, &[before]);
        let [down, side] = &edges[..] else { panic!("{edges:?}") };
        assert_eq!((down.a, down.b, down.direction), (mac(9), mac(1), Direction::Upstream));
        assert_eq!((down.used, down.heard, down.measured), (true, false, true));
        assert_eq!((down.rssi_ab, down.rssi_ba, down.quality), (Some(-60), Some(-65), Some(80)));
        assert_eq!((down.stability_ab, down.stability_ba), (Some(0.75), None));
        assert_eq!((down.attempts_ab, down.failures_ab), (Some(40), Some(10)));
        assert_eq!((side.a, side.direction, side.heard), (mac(2), Direction::None, true));
        assert_eq!((side.rssi_ab, side.rssi_ba, side.measured), (Some(-90), None, false));
    }
}
