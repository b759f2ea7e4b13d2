//! A walk through what the manager knows: its network, its motes, how each is doing, its links, and
//! the paths between them. It says what to ask next and keeps what was answered; it does not ask.

mod answer;
mod slots;

pub(crate) use answer::{Answer, answer_of};

use std::collections::BTreeMap;

use manager_core::command::{
    GetMoteConfig, GetMoteInfo, GetMoteLinks, GetNextPathInfo, MoteConfig, MoteInfo, MoteLinks,
    NetworkInfo, NextPathInfo, PathFilter,
};
use manager_core::{MacAddress, Request, ResponseCode};
use readings::{Direction, Link, Mac, Quantity};

use slots::Slots;

use crate::records::{link_of, mote_config, mote_info, network_info};

/// More motes than any manager has.
const MAX_MOTES: usize = 1024;

/// More paths than any mote has.
const MAX_PATHS: u16 = 256;

/// How often the list of motes may change while it is gone through.
const MAX_BEGINNINGS: u8 = 3;

/// How much is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// How many motes are in the network.
    Network,
    /// Which motes there are too.
    Motes,
    /// How they are doing, their links, and their paths.
    All,
}

#[derive(Debug)]
pub(crate) struct Walk {
    scope: Scope,
    step: Step,
    beginnings: u8,
    network: Option<NetworkInfo>,
    motes: Vec<MoteConfig>,
    /// The mote that is asked about.
    at: usize,
    /// Of its links, those that were told.
    slots: Slots,
    paths: u16,
    /// Each pair of motes once.
    links: BTreeMap<(Mac, Mac), Link>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Network,
    /// The mote behind this one.
    Mote(MacAddress),
    Info,
    /// The links from this one on.
    Links(u16),
    /// The path behind this one.
    Path(u16),
    End,
}

/// What a walk has come to.
#[derive(Debug, PartialEq)]
pub(crate) enum Found {
    /// Quantities of a mote.
    Quantities(Mac, Vec<(Quantity, f64)>),
    /// All motes are known.
    Motes,
    /// All paths are known, each pair of motes once.
    Links(Vec<Link>),
}

impl Walk {
    pub(crate) fn new(scope: Scope) -> Self {
        Self {
            scope,
            step: Step::Network,
            beginnings: 0,
            network: None,
            motes: Vec::new(),
            at: 0,
            slots: Slots::default(),
            paths: 0,
            links: BTreeMap::new(),
        }
    }

    pub(crate) const fn scope(&self) -> Scope {
        self.scope
    }

    pub(crate) fn motes(&self) -> &[MoteConfig] {
        &self.motes
    }

    /// What to ask next; `None` at the end.
    pub(crate) fn question(&self) -> Option<Request<'static>> {
        let mote = self.motes.get(self.at).map(|mote| mote.mac_address);
        Some(match self.step {
            Step::Network => Request::GetNetworkInfo,
            Step::Mote(mac_address) => {
                Request::GetMoteConfig(GetMoteConfig { mac_address, next: true })
            }
            Step::Info => Request::GetMoteInfo(GetMoteInfo { mac_address: mote? }),
            Step::Links(idx) => Request::GetMoteLinks(GetMoteLinks { mac_address: mote?, idx }),
            Step::Path(path_id) => Request::GetNextPathInfo(GetNextPathInfo {
                mac_address: mote?,
                filter: PathFilter::All,
                path_id,
            }),
            Step::End => return None,
        })
    }

    /// The manager has answered. What is no answer to its question is passed over.
    pub(crate) fn hear(&mut self, answer: &Answer) -> Vec<Found> {
        match *answer {
            Answer::Network(network) => {
                self.hear_network(network);
                Vec::new()
            }
            Answer::Mote(mote) => {
                self.hear_mote(mote);
                Vec::new()
            }
            Answer::NoMote(code) => self.end_motes(code),
            Answer::Info(ref info) => self.hear_info(info.as_ref()),
            Answer::Links(ref links) => self.hear_links(links),
            Answer::NoLinks(code) => self.end_links(code),
            Answer::Path(ref path) => self.hear_path(path.as_ref()),
        }
    }

    /// How the network is doing; `None` if the manager does not say.
    fn hear_network(&mut self, network: Option<NetworkInfo>) {
        if self.step == Step::Network {
            self.network = network;
            let list = self.scope > Scope::Network;
            self.step = if list { Step::Mote(MacAddress([0; 8])) } else { Step::End };
        }
    }

    fn hear_mote(&mut self, mote: MoteConfig) {
        if matches!(self.step, Step::Mote(_)) {
            self.step = Step::Mote(mote.mac_address);
            self.motes.push(mote);
            if self.motes.len() > MAX_MOTES {
                self.step = Step::End;
            }
        }
    }

    /// There is no other mote, for this reason.
    fn end_motes(&mut self, code: ResponseCode) -> Vec<Found> {
        match (self.step, code) {
            (Step::Mote(_), ResponseCode::EndOfList) => {
                self.step = if self.scope == Scope::All { Step::Info } else { Step::End };
                if self.motes.is_empty() {
                    self.step = Step::End;
                }
                let mut found = vec![Found::Motes];
                found.extend(self.network_quantities());
                found
            }
            // The list has changed meanwhile.
            (Step::Mote(_), ResponseCode::NotFound) if self.beginnings < MAX_BEGINNINGS => {
                self.beginnings += 1;
                self.motes.clear();
                self.step = Step::Mote(MacAddress([0; 8]));
                Vec::new()
            }
            (Step::Mote(_), _) => {
                self.step = Step::End;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// How the mote is doing; `None` if the manager does not say.
    fn hear_info(&mut self, info: Option<&MoteInfo>) -> Vec<Found> {
        if self.step != Step::Info {
            return Vec::new();
        }
        (self.step, self.slots) = (Step::Links(0), Slots::default());
        let Some(mote) = self.motes.get(self.at) else { return Vec::new() };
        let of_info = info.map(|info| mote_info(info, mote.is_ap));
        let values = mote_config(mote).into_iter().chain(of_info.into_iter().flatten());
        vec![Found::Quantities(Mac::from(mote.mac_address.0), present(values))]
    }

    fn hear_links(&mut self, links: &MoteLinks) -> Vec<Found> {
        let Step::Links(_) = self.step else { return Vec::new() };
        match self.slots.add(links) {
            Some(next) => {
                self.step = Step::Links(next);
                Vec::new()
            }
            None => self.end_links(ResponseCode::EndOfList),
        }
    }

    /// The mote has no other links, for this reason.
    fn end_links(&mut self, code: ResponseCode) -> Vec<Found> {
        let Step::Links(_) = self.step else { return Vec::new() };
        (self.step, self.paths) = (Step::Path(0), 0);
        let mote = self.motes.get(self.at).filter(|_| code == ResponseCode::EndOfList);
        let found = mote
            .map(|mote| Found::Quantities(Mac::from(mote.mac_address.0), self.slots.quantities()));
        found.into_iter().collect()
    }

    /// The mote's next path; `None` if it has no other.
    fn hear_path(&mut self, path: Option<&NextPathInfo>) -> Vec<Found> {
        let Step::Path(_) = self.step else { return Vec::new() };
        if let Some(NextPathInfo { path_id, path }) = path.filter(|_| self.paths < MAX_PATHS) {
            (self.step, self.paths) = (Step::Path(*path_id), self.paths + 1);
            if let Some(link) = link_of(path) {
                self.note(link);
            }
            return Vec::new();
        }
        self.at += 1;
        if self.at < self.motes.len() {
            self.step = Step::Info;
            return Vec::new();
        }
        self.step = Step::End;
        vec![Found::Links(core::mem::take(&mut self.links).into_values().collect())]
    }

    /// A path is in the lists of both its ends: the child's is the one that counts.
    fn note(&mut self, link: Link) {
        let pair = (link.mac.min(link.neighbour), link.mac.max(link.neighbour));
        let known = self.links.entry(pair).or_insert(link);
        if link.direction == Some(Direction::Upstream) {
            *known = link;
        }
    }

    /// What the network does is said of its access point.
    fn network_quantities(&self) -> Option<Found> {
        let access_point = self.motes.iter().find(|mote| mote.is_ap)?;
        let values = present(network_info(self.network.as_ref()?));
        Some(Found::Quantities(Mac::from(access_point.mac_address.0), values))
    }
}

fn present(values: impl IntoIterator<Item = (Quantity, Option<f64>)>) -> Vec<(Quantity, f64)> {
    values.into_iter().filter_map(|(quantity, value)| Some((quantity, value?))).collect()
}

#[cfg(test)]
mod tests {
    use manager_core::command::{MoteLink, MoteState, PathDirection, PathInfo, Rssi};

    use super::*;

    fn mote(number: u8) -> MoteConfig {
        MoteConfig {
            mac_address: MacAddress([number; 8]),
            mote_id: number.into(),
            is_ap: number == 1,
            state: MoteState::Operational,
            reserved: 0,
            is_routing: true,
        }
    }

    fn path(path_id: u16, source: u8, dest: u8, direction: PathDirection) -> NextPathInfo {
        let (source, dest) = (MacAddress([source; 8]), MacAddress([dest; 8]));
        let (rssi_src_dest, rssi_dest_src) = (Rssi(-60), Rssi(-70));
        let path = PathInfo {
            source,
            dest,
            direction,
            num_links: 1,
            quality: 90,
            rssi_src_dest,
            rssi_dest_src,
        };
        NextPathInfo { path_id, path }
    }

    /// Of four the third is shared by who sends and who listens, and one is to listen only.
    fn some_links(idx: u16, count: u8) -> MoteLinks {
        let links = (0..count).map(|number| {
            let flags = [0x01, 0x01, 0x07, 0x02][usize::from(number % 4)];
            MoteLink { frame_id: 1, slot: number.into(), channel_offset: 0, mote_id: 2, flags }
        });
        MoteLinks { idx, utilization: 1, links: links.collect() }
    }

    /// Past the list of these motes.
    fn listed(scope: Scope, motes: u8) -> (Walk, Vec<Found>) {
        let mut walk = Walk::new(scope);
        assert_eq!(walk.question(), Some(Request::GetNetworkInfo));
        walk.hear_network(Some(NetworkInfo::default()));
        for number in 1..=motes {
            let next = GetMoteConfig { mac_address: MacAddress([number - 1; 8]), next: true };
            assert_eq!(walk.question(), Some(Request::GetMoteConfig(next)));
            walk.hear_mote(mote(number));
        }
        let found = walk.end_motes(ResponseCode::EndOfList);
        (walk, found)
    }

    #[test]
    fn it_asks_one_thing_after_the_other_and_each_pair_is_found_once() {
        let (mut walk, found) = listed(Scope::All, 2);
        assert_eq!(found[0], Found::Motes);
        let Found::Quantities(mac, values) = &found[1] else { panic!("{found:?}") };
        assert_eq!((*mac, values[0].0), (Mac::from([1; 8]), Quantity::NETWORK_MOTES));
        let info = |number| {
            Some(Request::GetMoteInfo(GetMoteInfo { mac_address: MacAddress([number; 8]) }))
        };
        let next = |number, path_id| {
            let (mac_address, filter) = (MacAddress([number; 8]), PathFilter::All);
            Some(Request::GetNextPathInfo(GetNextPathInfo { mac_address, filter, path_id }))
        };
        assert_eq!(walk.question(), info(1));
        assert_eq!(walk.hear_info(Some(&MoteInfo::default())).len(), 1);
        let links = |number, idx| {
            let mac_address = MacAddress([number; 8]);
            Some(Request::GetMoteLinks(GetMoteLinks { mac_address, idx }))
        };
        assert_eq!(walk.question(), links(1, 0));
        assert_eq!(walk.hear_links(&some_links(0, 10)), []);
        assert_eq!(walk.question(), links(1, 10));
        assert_eq!(walk.hear_links(&some_links(10, 3)), []);
        assert_eq!(walk.question(), links(1, 13));
        let counts =
            [(Quantity::LINKS, 13.0), (Quantity::LINKS_TX, 11.0), (Quantity::LINKS_RX, 5.0)];
        let expected = Found::Quantities(Mac::from([1; 8]), counts.into());
        assert_eq!(walk.end_links(ResponseCode::EndOfList), [expected]);
        assert_eq!(walk.question(), next(1, 0));
        walk.hear_path(Some(&path(7, 1, 2, PathDirection::Downstream)));
        assert_eq!(walk.question(), next(1, 7));
        walk.hear_path(None);
        assert_eq!(walk.question(), info(2));
        walk.hear_info(None);
        walk.hear_links(&some_links(0, 10));
        assert_eq!(walk.end_links(ResponseCode::InvState), [], "some of them are no number");
        walk.hear_path(Some(&path(3, 2, 1, PathDirection::Upstream)));
        walk.hear_path(Some(&path(4, 2, 1, PathDirection::Unused)));
        let found = walk.hear_path(None);
        let [Found::Links(links)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(links.len(), 1);
        assert_eq!(links[0].mac, Mac::from([2; 8]), "as seen from the child");
        assert_eq!(links[0].direction, Some(Direction::Upstream));
        assert_eq!(walk.question(), None);
    }

    #[test]
    fn a_list_that_changes_is_begun_again_but_not_for_ever() {
        let mut walk = Walk::new(Scope::All);
        walk.hear_network(None);
        for _ in 0..MAX_BEGINNINGS {
            walk.hear_mote(mote(1));
            assert_eq!(walk.end_motes(ResponseCode::NotFound), []);
            assert_eq!(walk.motes(), []);
            assert!(walk.question().is_some());
        }
        walk.hear_mote(mote(1));
        assert_eq!(walk.end_motes(ResponseCode::NotFound), []);
        assert_eq!(walk.question(), None);
    }

    #[test]
    fn a_manager_that_never_ends_a_list_ends_the_walk() {
        let mut walk = Walk::new(Scope::All);
        walk.hear_network(None);
        while walk.question().is_some() {
            walk.hear_mote(mote(2));
            assert!(walk.motes().len() < 2 * MAX_MOTES);
        }
        let (mut walk, _) = listed(Scope::All, 1);
        walk.hear_info(None);
        let mut answers = 0;
        while walk.hear_links(&some_links(0, 10)).is_empty() {
            answers += 1;
            assert!(answers < 200);
        }
        for path_id in 0..2 * MAX_PATHS {
            walk.hear_path(Some(&path(path_id, 1, 2, PathDirection::Unused)));
        }
        assert_eq!(walk.question(), None);
    }

    #[test]
    fn less_is_asked_if_less_is_wanted_and_answers_to_nothing_are_passed_over() {
        let (walk, _) = listed(Scope::Motes, 2);
        assert_eq!(walk.question(), None);
        let mut walk = Walk::new(Scope::Network);
        assert_eq!(walk.hear_info(None), []);
        assert_eq!(walk.hear_path(None), []);
        assert_eq!(walk.hear_links(&some_links(0, 1)), []);
        assert_eq!(walk.end_links(ResponseCode::EndOfList), []);
        walk.hear_network(None);
        assert_eq!(walk.question(), None);
        let (walk, _) = listed(Scope::All, 0);
        assert_eq!(walk.question(), None);
    }
}
