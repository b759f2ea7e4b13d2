//! What a client changes, and what becomes of it.

use core::time::Duration;

use clouddata_simulator::Settings;
use manager_core::command::{
    AclEntry, DeleteAclEntry, GetNextAclEntry, License, NetworkConfig, Secret, SetTime,
};
use manager_core::notification::{EventKind, JoinFailure};
use manager_core::{
    MacAddress, Notification, NotificationMask, Request, Response, ResponseCode, Subscribe, UtcTime,
};

use crate::bench::Bench;
use crate::requests::refusal;

const SECOND: Duration = Duration::from_secs(1);

pub(crate) const MANAGER: MacAddress = MacAddress([0, 0x17, 0x0D, 0, 0, 0x30, 0, 1]);
pub(crate) const MOTE: MacAddress = MacAddress([0, 0x17, 0x0D, 0, 0, 0x31, 0, 1]);

const EVENTS: Subscribe =
    Subscribe { filter: NotificationMask::EVENT, unack_filter: NotificationMask::EVENT };

/// One whose paths do not change by themselves, joined.
pub(crate) fn network() -> Bench {
    let settings = Settings { path_lasts: Duration::ZERO, ..Settings::default() };
    let mut bench = Bench::subscribed(settings, EVENTS);
    bench.pass(5 * SECOND);
    bench.notifications();
    bench
}

/// What has happened, in the client's eyes.
pub(crate) fn events(bench: &mut Bench) -> Vec<EventKind<'static>> {
    // For as long as the test runs.
    let heard: &'static [_] = Vec::leak(bench.notifications());
    let events = heard.iter().map(|heard| match Notification::parse(&heard.body) {
        Ok(Notification::Event(event)) => event.kind,
        other => panic!("{other:?}"),
    });
    events.collect()
}

pub(crate) fn code(bench: &mut Bench, request: &Request<'_>) -> ResponseCode {
    refusal(&bench.request(request))
}

pub(crate) fn config(bench: &mut Bench) -> NetworkConfig {
    let response = bench.request(&Request::GetNetworkConfig);
    let Response::GetNetworkConfig(config) = response.response() else { panic!("{response:?}") };
    config
}

#[test]
fn a_configuration_is_kept_across_reboots_if_it_is_possible() {
    let mut bench = network();
    let before = config(&mut bench);
    assert_eq!((before.max_motes, before.channel_list, before.bw_mult), (101, 0x7FFF, 300));
    let impossible = NetworkConfig { bw_mult: 99, ..before };
    let request = Request::SetNetworkConfig(impossible);
    assert_eq!(code(&mut bench, &request), ResponseCode::InvalidArgument);
    let other = NetworkConfig { ap_tx_power: 0, ..before };
    bench.request(&Request::SetNetworkConfig(other));
    bench.manager.reboot(bench.now);
    bench.hello();
    assert_eq!(config(&mut bench), other);
    bench.request(&Request::RestoreFactoryDefaults);
    assert_eq!(config(&mut bench), before);
}

#[test]
fn only_motes_on_the_list_join() {
    let settings = Settings { path_lasts: Duration::ZERO, ..Settings::default() };
    let mut bench = Bench::subscribed(settings, EVENTS);
    let next = |bench: &mut Bench, mac_address| {
        let request = Request::GetNextAclEntry(GetNextAclEntry { mac_address });
        match bench.request(&request).response() {
            Response::GetNextAclEntry(entry) => {
                assert_eq!(entry.join_key, Secret([0; 16]), "keys are not told");
                Ok(entry.mac_address)
            }
            Response::Refused { code, .. } => Err(code),
            other => panic!("{other:?}"),
        }
    };
    let start = MacAddress::default();
    assert_eq!(next(&mut bench, start), Err(ResponseCode::EndOfList));
    let join_key = Secret([7; 16]);
    bench.request(&Request::SetAclEntry(AclEntry { mac_address: MOTE, join_key }));
    assert_eq!(next(&mut bench, start), Ok(MOTE));
    assert_eq!(next(&mut bench, MOTE), Err(ResponseCode::EndOfList));
    assert_eq!(next(&mut bench, MANAGER), Err(ResponseCode::NotFound));

    bench.pass(5 * SECOND);
    let reason = JoinFailure::NotOnAcl;
    let seen = events(&mut bench);
    let refused = |event: &&EventKind<'_>| matches!(event, EventKind::JoinFailed { reason: found, .. } if *found == reason);
    assert_eq!(seen.iter().filter(refused).count(), 4);
    let one = seen.iter().filter(|event| matches!(event, EventKind::MoteOperational(_)));
    assert!(one.eq([&EventKind::MoteOperational(MOTE)]));

    let all = Request::DeleteAclEntry(DeleteAclEntry { mac_address: MacAddress::BROADCAST });
    bench.request(&all);
    bench.pass(60 * SECOND);
    let others = events(&mut bench).into_iter();
    assert_eq!(others.filter(|event| matches!(event, EventKind::MoteOperational(_))).count(), 4);
}

#[test]
fn the_clock_is_set() {
    let mut bench = network();
    let utc = UtcTime { secs: 1_700_000_000, usecs: 0 };
    bench.request(&Request::SetTime(SetTime { trigger: 0, utc }));
    bench.pass(3 * SECOND);
    let response = bench.request(&Request::GetTime);
    let Response::GetTime(time) = response.response() else { panic!("{response:?}") };
    assert_eq!((time.utc.secs, time.uptime), (1_700_000_003, 8));
}

#[test]
fn what_cannot_be_is_refused() {
    let mut bench = network();
    let license = License { license: [0; 13] };
    assert_eq!(code(&mut bench, &Request::SetLicense(license)), ResponseCode::ValidationError);
    assert_eq!(code(&mut bench, &Request::RadiotestRxPer), ResponseCode::InvState);
    let statistics = Request::GetRadiotestStatistics;
    assert_eq!(code(&mut bench, &statistics), ResponseCode::InvalidCommand);
    assert_eq!(code(&mut bench, &Request::StartNetwork), ResponseCode::InProgress);
}

#[test]
fn the_port_counts_what_goes_over_it() {
    let mut bench = network();
    let statistics = |bench: &mut Bench| {
        let response = bench.request(&Request::GetManagerStatistics);
        let Response::GetManagerStatistics(statistics) = response.response() else {
            panic!("{response:?}")
        };
        statistics
    };
    let before = statistics(&mut bench);
    bench.manager.handle_bytes(bench.now, b"\x7enoise\x7e");
    bench.request(&Request::GetTime);
    let after = statistics(&mut bench);
    assert_eq!(after.ser_rx_cnt - before.ser_rx_cnt, 2);
    assert_eq!(after.ser_tx_cnt - before.ser_tx_cnt, 2);
    assert_eq!(after.ser_rx_crc_err - before.ser_rx_crc_err, 1);
    assert_eq!(after.api_rx_ok - before.api_rx_ok, 2);
    assert_eq!((after.api_estab_conn, after.api_dropped_conn), (1, 0));
    bench.manager.reboot(bench.now);
    bench.hello();
    assert_eq!(statistics(&mut bench).api_rx_ok, 1, "counted anew");
}
