//! What the manager tells of paths and links.

use core::time::Duration;

use manager_core::command::{
    GetMoteLinks, GetNextPathInfo, GetPathInfo, MAX_LINKS, MoteLinks, NextPathInfo, PathDirection,
    PathFilter, PathInfo,
};
use manager_core::{MacAddress, ResponseCode};

use super::super::mesh::{ACCESS_POINT, Path};
use super::Network;

/// What a published sample says.
const UTILIZATION: u8 = 1;

impl Network {
    /// The path between two motes.
    pub(in crate::device) fn path_info(
        &self,
        of: &GetPathInfo,
        now: Duration,
    ) -> Result<PathInfo, ResponseCode> {
        let [source, dest] = [of.source, of.dest].map(|mac_address| self.node(mac_address));
        let (source, dest) = source.zip(dest).ok_or(ResponseCode::NotFound)?;
        let paths = self.mesh.paths(source, now);
        let path = paths.into_iter().find(|path| path.peer == dest);
        path.map(|path| self.described(of.source, &path)).ok_or(ResponseCode::NotFound)
    }

    /// The path of a mote behind that one. The number of a path is where it stands in the list of
    /// what the mote can hear, from 1.
    pub(in crate::device) fn next_path_info(
        &self,
        of: &GetNextPathInfo,
        now: Duration,
    ) -> Result<NextPathInfo, ResponseCode> {
        let node = self.node(of.mac_address).ok_or(ResponseCode::NotFound)?;
        let upstream = match of.filter {
            PathFilter::All => false,
            PathFilter::Upstream => true,
            _ => return Err(ResponseCode::InvalidArgument),
        };
        let wanted = |path: &Path| !upstream || path.direction == PathDirection::Upstream;
        for index in usize::from(of.path_id)..self.mesh.path_count(node) {
            if let Some(path) = self.mesh.path(node, index, now).filter(wanted) {
                let path_id = u16::try_from(index + 1).unwrap_or(u16::MAX);
                let path = self.described(of.mac_address, &path);
                return Ok(NextPathInfo { path_id, path });
            }
        }
        Err(ResponseCode::EndOfList)
    }

    /// Ten of a mote's links.
    pub(in crate::device) fn links(
        &self,
        of: &GetMoteLinks,
        now: Duration,
    ) -> Result<MoteLinks, ResponseCode> {
        let node = self.node(of.mac_address).ok_or(ResponseCode::NotFound)?;
        if node != ACCESS_POINT && !self.is_operational(node - 1) {
            return Err(ResponseCode::InvState);
        }
        let all = self.mesh.slots(node, now, |peer| self.mote_id(peer));
        let links = all.into_iter().skip(of.idx.into()).take(MAX_LINKS).collect();
        let links = MoteLinks { idx: of.idx, utilization: UTILIZATION, links };
        if links.links.is_empty() { Err(ResponseCode::EndOfList) } else { Ok(links) }
    }

    fn described(&self, source: MacAddress, path: &Path) -> PathInfo {
        PathInfo {
            source,
            dest: self.mac_address(path.peer),
            direction: path.direction,
            num_links: path.num_links,
            quality: path.quality,
            rssi_src_dest: path.rssi_there,
            rssi_dest_src: path.rssi_here,
        }
    }
}
