//! What holds of every picture that the manager gives of its network.

use std::collections::{HashMap, HashSet};

use manager_core::MacAddress;
use manager_core::command::{MoteState, PathDirection};

use crate::settings::MANAGER;
use crate::survey::Survey;

impl Survey {
    pub(crate) fn check(&self) {
        self.check_paths();
        self.check_depths();
        self.check_links();
    }

    /// Each path is in the lists of both its ends, seen from the other side.
    fn check_paths(&self) {
        for (mac, paths) in &self.paths {
            let peers: HashSet<_> = paths.iter().map(|path| path.dest).collect();
            assert_eq!(peers.len(), paths.len(), "one path to each");
            for path in paths {
                assert_eq!(path.source, *mac);
                let back = self.paths[&path.dest].iter().find(|back| back.dest == *mac);
                let back = back.expect("the other end has it too");
                let mirrored = match path.direction {
                    PathDirection::Upstream => PathDirection::Downstream,
                    PathDirection::Downstream => PathDirection::Upstream,
                    other => other,
                };
                assert_eq!(back.direction, mirrored);
                assert_eq!((back.num_links, back.quality), (path.num_links, path.quality));
                assert_eq!(
                    (back.rssi_src_dest, back.rssi_dest_src),
                    (path.rssi_dest_src, path.rssi_src_dest)
                );
                assert!(path.quality <= 100 && (-110..0).contains(&path.rssi_src_dest.0));
            }
            let parents = paths.iter().filter(|path| path.direction == PathDirection::Upstream);
            assert!(parents.count() <= 2);
            let good = paths.iter().filter(|path| path.quality > 50).count();
            let info = &self.infos[mac];
            assert_eq!(usize::from(info.num_nbrs), paths.len());
            assert_eq!(usize::from(info.num_good_nbrs), good);
        }
    }

    /// The depth that the manager tells is that of the paths, and every mote that is there has a
    /// way to the access point.
    fn check_depths(&self) {
        let mut depths = HashMap::from([(MANAGER, 0_u8)]);
        loop {
            let before = depths.len();
            for (mac, paths) in &self.paths {
                let parents = paths.iter().filter(|path| path.direction == PathDirection::Upstream);
                let nearest = parents.filter_map(|path| depths.get(&path.dest)).min().copied();
                if let Some(nearest) = nearest {
                    let depth = depths.entry(*mac).or_insert(u8::MAX);
                    *depth = (*depth).min(nearest + 1);
                }
            }
            // Once more than needed, so that each has met all of its parents' depths.
            if depths.len() == before && self.is_settled(&depths) {
                break;
            }
        }
        for mote in self.motes.iter().filter(|mote| mote.state == MoteState::Operational) {
            let depth = depths.get(&mote.mac_address);
            assert!(depth.is_some(), "{} is not reached", mote.mac_address);
            assert_eq!(self.infos[&mote.mac_address].hop_depth.as_ref(), depth);
        }
    }

    fn is_settled(&self, depths: &HashMap<MacAddress, u8>) -> bool {
        self.paths.iter().all(|(mac, paths)| {
            let parents = paths.iter().filter(|path| path.direction == PathDirection::Upstream);
            let nearest = parents.filter_map(|path| depths.get(&path.dest)).min();
            nearest.is_none_or(|nearest| depths.get(mac) == Some(&(nearest + 1)))
        })
    }

    /// Where one end of a path sends, the other listens.
    fn check_links(&self) {
        let name: HashMap<_, _> =
            self.motes.iter().map(|mote| (mote.mote_id, mote.mac_address)).collect();
        let id: HashMap<_, _> = name.iter().map(|(id, mac)| (*mac, *id)).collect();
        for (mac, links) in &self.links {
            let planned: u8 = self.paths[mac].iter().map(|path| path.num_links).sum();
            assert_eq!(links.len(), usize::from(planned));
            for link in links {
                let place = (link.frame_id, link.slot, link.channel_offset);
                let there = self.links[&name[&link.mote_id]].iter().find(|there| {
                    there.mote_id == id[mac]
                        && (there.frame_id, there.slot, there.channel_offset) == place
                });
                let there = there.expect("the other end has it too");
                assert_eq!(link.flags ^ there.flags, 0x03);
            }
        }
    }
}
