//! Everything that a client can ask about the network, in the vendor's order.

use std::collections::HashMap;

use manager_core::command::{
    GetMoteConfig, GetMoteInfo, GetMoteLinks, GetNextPathInfo, MoteConfig, MoteInfo, MoteLink,
    PathFilter, PathInfo,
};
use manager_core::{MacAddress, Request, Response, ResponseCode};

use crate::bench::Bench;

/// What the manager has told.
#[derive(Debug)]
pub(crate) struct Survey {
    /// In the manager's order.
    pub(crate) motes: Vec<MoteConfig>,
    pub(crate) infos: HashMap<MacAddress, MoteInfo>,
    pub(crate) paths: HashMap<MacAddress, Vec<PathInfo>>,
    pub(crate) links: HashMap<MacAddress, Vec<MoteLink>>,
}

impl Survey {
    pub(crate) fn of(bench: &mut Bench) -> Self {
        let mut motes: Vec<MoteConfig> = Vec::new();
        loop {
            let mac_address = motes.last().map(|mote| mote.mac_address).unwrap_or_default();
            let next = GetMoteConfig { mac_address, next: true };
            match bench.request(&Request::GetMoteConfig(next)).response() {
                Response::GetMoteConfig(mote) => motes.push(mote),
                other => break assert_end(&other),
            }
        }
        let mut survey = Self {
            infos: HashMap::new(),
            paths: HashMap::new(),
            links: HashMap::new(),
            motes: motes.clone(),
        };
        for mote in motes {
            survey.look_at(bench, mote.mac_address);
        }
        survey
    }

    fn look_at(&mut self, bench: &mut Bench, mac_address: MacAddress) {
        let info = bench.request(&Request::GetMoteInfo(GetMoteInfo { mac_address }));
        let Response::GetMoteInfo(info) = info.response() else { panic!("{info:?}") };
        self.infos.insert(mac_address, info);
        self.paths.insert(mac_address, paths(bench, mac_address, PathFilter::All));
        let links = self.links.entry(mac_address).or_default();
        loop {
            let idx = u16::try_from(links.len()).unwrap();
            let more = GetMoteLinks { mac_address, idx };
            let response = bench.request(&Request::GetMoteLinks(more));
            match response.response() {
                Response::GetMoteLinks(more) => {
                    assert_eq!((response.body.len(), more.idx), (1 + 94, idx));
                    links.extend(more.links);
                }
                Response::Refused { code: ResponseCode::InvState, .. } => break,
                other => break assert_end(&other),
            }
        }
    }
}

/// All of a mote's paths.
pub(crate) fn paths(
    bench: &mut Bench,
    mac_address: MacAddress,
    filter: PathFilter,
) -> Vec<PathInfo> {
    let (mut paths, mut path_id) = (Vec::new(), 0);
    loop {
        let next = GetNextPathInfo { mac_address, filter, path_id };
        match bench.request(&Request::GetNextPathInfo(next)).response() {
            Response::GetNextPathInfo(next) => {
                path_id = next.path_id;
                paths.push(next.path);
            }
            other => {
                assert_end(&other);
                return paths;
            }
        }
    }
}

fn assert_end(response: &Response<'_>) {
    let is_end = matches!(response, Response::Refused { code: ResponseCode::EndOfList, .. });
    assert!(is_end, "{response:?}");
}
