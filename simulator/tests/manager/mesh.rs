//! The network's picture, as a client draws it.

use core::time::Duration;

use clouddata_simulator::{Firmware, Settings};
use manager_core::command::{
    GetMoteConfig, GetMoteConfigById, GetMoteInfo, GetMoteLinks, GetNextPathInfo, GetPathInfo,
    MoteState, PathDirection, PathFilter,
};
use manager_core::{MacAddress, Request, Response, ResponseCode};

use crate::bench::Bench;
use crate::requests::refusal;
use crate::settings::MANAGER;
use crate::survey::{Survey, paths};

const SECOND: Duration = Duration::from_secs(1);

fn network(motes: u16, seed: u64) -> Bench {
    let mut bench = Bench::new(Settings { motes, seed, ..Settings::default() });
    bench.hello();
    bench.pass(20 * SECOND);
    bench
}

#[test]
fn the_access_point_is_first_and_every_mote_is_reached() {
    for (motes, seed) in [(1, 0), (2, 1), (5, 0), (5, 7), (20, 3), (100, 4), (1000, 5)] {
        let mut bench = network(motes, seed);
        let survey = Survey::of(&mut bench);
        assert_eq!(survey.motes.len(), usize::from(motes) + 1);
        assert!(survey.motes[0].is_ap && survey.motes[0].mac_address == MANAGER);
        let ids: Vec<_> = survey.motes.iter().map(|mote| mote.mote_id).collect();
        assert_eq!(ids, (1..=motes + 1).collect::<Vec<_>>());
        assert!(survey.motes.iter().skip(1).all(|mote| !mote.is_ap));
        assert!(survey.motes.iter().all(|mote| mote.state == MoteState::Operational));
        survey.check();
        let deepest = survey.infos.values().filter_map(|info| info.hop_depth).max();
        let expected = match motes {
            1 => 1..=1,
            2 | 5 => 2..=4,
            20 => 3..=8,
            100 => 4..=14,
            _ => 8..=24,
        };
        assert!(expected.contains(&deepest.unwrap()), "{motes} motes: {deepest:?} hops");
    }
}

#[test]
fn a_small_network_has_two_layers_whatever_the_seed() {
    for seed in 0..60 {
        let survey = Survey::of(&mut network(5, seed));
        survey.check();
        let deepest = survey.infos.values().filter_map(|info| info.hop_depth).max();
        assert!((2..=4).contains(&deepest.unwrap()), "seed {seed}: {deepest:?} hops");
    }
}

#[test]
fn nearly_every_mote_has_two_parents_and_some_neighbours_that_it_does_not_use() {
    let mut bench = network(50, 1);
    let survey = Survey::of(&mut bench);
    let count = |mac: &MacAddress, direction| {
        survey.paths[mac].iter().filter(|path| path.direction == direction).count()
    };
    let motes = || survey.motes.iter().skip(1).map(|mote| &mote.mac_address);
    let two = motes().filter(|mac| count(mac, PathDirection::Upstream) == 2).count();
    assert!(two >= 45, "{two} of 50");
    assert!(motes().all(|mac| count(mac, PathDirection::Unused) > 0));
    assert!(motes().any(|mac| count(mac, PathDirection::Downstream) > 1));
}

#[test]
fn what_is_asked_for_by_name_or_number_is_what_the_walk_has_shown() {
    let mut bench = network(12, 2);
    let survey = Survey::of(&mut bench);
    for mote in &survey.motes {
        let config = GetMoteConfig { mac_address: mote.mac_address, next: false };
        let response = bench.request(&Request::GetMoteConfig(config));
        assert_eq!(response.response(), Response::GetMoteConfig(*mote));
        let by_id = GetMoteConfigById { mote_id: mote.mote_id };
        let response = bench.request(&Request::GetMoteConfigById(by_id));
        assert_eq!(response.response(), Response::GetMoteConfigById(*mote));
        let all = &survey.paths[&mote.mac_address];
        let upstream: Vec<_> =
            all.iter().filter(|path| path.direction == PathDirection::Upstream).collect();
        let found = paths(&mut bench, mote.mac_address, PathFilter::Upstream);
        assert!(found.iter().map(|path| path.dest).eq(upstream.iter().map(|path| path.dest)));
        for path in all {
            let ends = GetPathInfo { source: path.source, dest: path.dest };
            let response = bench.request(&Request::GetPathInfo(ends));
            let Response::GetPathInfo(found) = response.response() else { panic!("{response:?}") };
            assert_eq!(found, *path);
        }
    }
}

#[test]
fn strangers_and_wrong_arguments_are_refused() {
    let mut bench = network(3, 0);
    let stranger = MacAddress([1; 8]);
    let (mac_address, path_id) = (stranger, 0);
    let (source, dest) = (stranger, MANAGER);
    let (all, unknown) = (PathFilter::All, PathFilter::Unknown(9));
    for request in [
        Request::GetMoteConfig(GetMoteConfig { mac_address, next: false }),
        Request::GetMoteConfig(GetMoteConfig { mac_address, next: true }),
        Request::GetMoteConfig(GetMoteConfig { mac_address: MacAddress::default(), next: false }),
        Request::GetMoteConfigById(GetMoteConfigById { mote_id: 0 }),
        Request::GetMoteConfigById(GetMoteConfigById { mote_id: 99 }),
        Request::GetMoteInfo(GetMoteInfo { mac_address }),
        Request::GetMoteLinks(GetMoteLinks { mac_address, idx: 0 }),
        Request::GetNextPathInfo(GetNextPathInfo { mac_address, filter: all, path_id }),
        Request::GetPathInfo(GetPathInfo { source, dest }),
        Request::GetPathInfo(GetPathInfo { source: MANAGER, dest: MANAGER }),
    ] {
        assert_eq!(refusal(&bench.request(&request)), ResponseCode::NotFound, "{request:?}");
    }
    let next = GetNextPathInfo { mac_address: MANAGER, filter: unknown, path_id };
    let response = bench.request(&Request::GetNextPathInfo(next));
    assert_eq!(refusal(&response), ResponseCode::InvalidArgument);
}

#[test]
fn statistics_are_those_of_what_has_happened() {
    let mut bench = network(9, 6);
    let info = |bench: &mut Bench| {
        let response = bench.request(&Request::GetNetworkInfo);
        let Response::GetNetworkInfo(info) = response.response() else { panic!("{response:?}") };
        info
    };
    let network = info(&mut bench);
    let survey = Survey::of(&mut bench);
    let received: u32 = survey.infos.values().map(|info| info.packets_received).sum();
    assert_eq!(network.num_arrived_packets, Some(received.into()));
    assert!(received > 9 * 15);
    assert_eq!((network.num_motes, network.net_reliability), (9, 100));
    assert!((80..100).contains(&network.net_path_stability), "{network:?}");
    assert!((250..350).contains(&network.net_latency), "{network:?}");
    assert_eq!(network.max_numb_hops, survey.infos.values().filter_map(|i| i.hop_depth).max());

    bench.request(&Request::ClearStatistics);
    let network = info(&mut bench);
    assert_eq!((network.num_arrived_packets, network.net_latency), (Some(0), 0));
    let again = Survey::of(&mut bench);
    let still: u32 = again.infos.values().map(|info| info.packets_received).sum();
    assert_eq!(still, received, "those of a mote are not the network's");
}

#[test]
fn old_firmware_says_less() {
    let settings = Settings { firmware: Firmware::Old, ..Settings::default() };
    let mut bench = Bench::new(settings);
    bench.hello();
    bench.pass(5 * SECOND);
    assert_eq!(bench.request(&Request::GetNetworkInfo).body.len(), 1 + 29);
    let info = Request::GetMoteInfo(GetMoteInfo { mac_address: MANAGER });
    assert_eq!(bench.request(&info).body.len(), 1 + 35);

    let mut bench = network(5, 0);
    assert_eq!(bench.request(&Request::GetNetworkInfo).body.len(), 1 + 42);
    assert_eq!(bench.request(&info).body.len(), 1 + 41);
}
