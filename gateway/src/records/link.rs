use manager_core::command::{PathDirection, PathInfo};
use readings::{Direction, Link, LinkKind, Mac};

/// A path as the manager's table has it, seen from its source; `None` if the table says something
/// that the contract has no word for.
pub(crate) fn link_of(path: &PathInfo) -> Option<Link> {
    let (source, dest) = (Mac::from(path.source.0), Mac::from(path.dest.0));
    let mut link = Link::new(source, dest, LinkKind::Path, None);
    link.direction = Some(way(path.direction)?);
    link.rssi = path.rssi_src_dest.dbm();
    link.rssi_back = path.rssi_dest_src.dbm();
    link.quality = path.measured_quality().map(|quality| quality.min(100));
    link.slots = Some(path.num_links);
    Some(link)
}

pub(crate) const fn way(direction: PathDirection) -> Option<Direction> {
    match direction {
        PathDirection::None => Some(Direction::None),
        PathDirection::Unused => Some(Direction::Unused),
        PathDirection::Upstream => Some(Direction::Upstream),
        PathDirection::Downstream => Some(Direction::Downstream),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use manager_core::MacAddress;
    use manager_core::command::Rssi;

    use super::*;

    #[test]
    fn what_is_not_known_yet_is_absent() {
        let path = PathInfo {
            source: MacAddress([1; 8]),
            dest: MacAddress([2; 8]),
            direction: PathDirection::Unused,
            num_links: 0,
            quality: 74,
            rssi_src_dest: Rssi(0),
            rssi_dest_src: Rssi(-61),
        };
        let expected = Link {
            rssi_back: Some(-61),
            direction: Some(Direction::Unused),
            slots: Some(0),
            ..Link::new(Mac::from([1; 8]), Mac::from([2; 8]), LinkKind::Path, None)
        };
        assert_eq!(link_of(&path), Some(expected), "a guess is no quality");
        let used = PathInfo { direction: PathDirection::Upstream, ..path };
        let expected = Link { quality: Some(74), direction: Some(Direction::Upstream), ..expected };
        assert_eq!(link_of(&used), Some(expected));
        let strange = PathInfo { direction: PathDirection::from(9), ..path };
        assert_eq!(link_of(&strange), None);
    }
}
