//! What a client changes, and what becomes of it.

use core::time::Duration;

use clouddata_simulator::{Event, Settings};
use manager_core::command::{
    AclEntry, DeleteAclEntry, DeleteMote, ExchangeNetworkId, GetLog, GetMoteConfig,
    GetNextAclEntry, License, NetworkConfig, PingMote, Reset, ResetTarget, Secret, SetAdvertising,
    SetDownstreamFrameMode, SetTime,
};
use manager_core::notification::{CommandOutcome, EventKind, JoinFailure};
use manager_core::{
    MacAddress, Notification, NotificationMask, Request, Response, ResponseCode, Subscribe, UtcTime,
};

use crate::bench::Bench;
use crate::requests::refusal;

const SECOND: Duration = Duration::from_secs(1);

const MANAGER: MacAddress = MacAddress([0, 0x17, 0x0D, 0, 0, 0x30, 0, 1]);
const MOTE: MacAddress = MacAddress([0, 0x17, 0x0D, 0, 0, 0x31, 0, 1]);

const EVENTS: Subscribe =
    Subscribe { filter: NotificationMask::EVENT, unack_filter: NotificationMask::EVENT };

/// One whose paths do not change by themselves, joined.
fn network() -> Bench {
    let settings = Settings { path_lasts: Duration::ZERO, ..Settings::default() };
    let mut bench = Bench::subscribed(settings, EVENTS);
    bench.pass(5 * SECOND);
    bench.notifications();
    bench
}

/// What has happened, in the client's eyes.
fn events(bench: &mut Bench) -> Vec<EventKind<'static>> {
    let heard = bench.notifications();
    let events = heard.iter().map(|heard| match Notification::parse(&heard.body) {
        Ok(Notification::Event(event)) => match event.kind {
            EventKind::Unknown { .. } => panic!("{heard:?}"),
            EventKind::MoteReset(mac) => EventKind::MoteReset(mac),
            EventKind::NetworkReset => EventKind::NetworkReset,
            EventKind::CommandFinished { callback_id, outcome } => {
                EventKind::CommandFinished { callback_id, outcome }
            }
            EventKind::MoteJoin(mac) => EventKind::MoteJoin(mac),
            EventKind::MoteOperational(mac) => EventKind::MoteOperational(mac),
            EventKind::MoteLost(mac) => EventKind::MoteLost(mac),
            EventKind::PingResponse { callback_id, mac_address, answer } => {
                EventKind::PingResponse { callback_id, mac_address, answer }
            }
            EventKind::PathCreate { source, dest, direction } => {
                EventKind::PathCreate { source, dest, direction }
            }
            EventKind::PathDelete { source, dest, direction } => {
                EventKind::PathDelete { source, dest, direction }
            }
            EventKind::JoinFailed { mac_address, reason } => {
                EventKind::JoinFailed { mac_address, reason }
            }
            EventKind::MoteDelete { mac_address, mote_id } => {
                EventKind::MoteDelete { mac_address, mote_id }
            }
            EventKind::MoteCreate { mac_address, mote_id } => {
                EventKind::MoteCreate { mac_address, mote_id }
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    });
    events.collect()
}

fn code(bench: &mut Bench, request: &Request<'_>) -> ResponseCode {
    refusal(&bench.request(request))
}

const fn ping(mac_address: MacAddress) -> Request<'static> {
    Request::PingMote(PingMote { mac_address })
}

const fn reset(target: ResetTarget, mac_address: MacAddress) -> Request<'static> {
    Request::Reset(Reset { target, mac_address })
}

#[test]
fn a_mote_answers_a_ping_one_at_a_time() {
    let mut bench = network();
    let response = bench.request(&ping(MOTE));
    let Response::PingMote(callback) = response.response() else { panic!("{response:?}") };
    assert_eq!(code(&mut bench, &ping(MOTE)), ResponseCode::InProgress);
    assert_eq!(code(&mut bench, &ping(MacAddress([1; 8]))), ResponseCode::NotFound);
    assert_eq!(code(&mut bench, &ping(MANAGER)), ResponseCode::InvState);
    bench.pass(5 * SECOND);
    let events = events(&mut bench);
    let [EventKind::PingResponse { callback_id, mac_address, answer: Some(answer) }] = events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((callback_id, mac_address), (callback.callback_id, MOTE));
    assert!((200..1000).contains(&answer.delay) && answer.voltage > 2000, "{answer:?}");
    assert!(matches!(bench.request(&ping(MOTE)).response(), Response::PingMote(_)));
}

#[test]
fn a_mote_that_is_reset_leaves_joins_again_and_is_pinged_in_vain_meanwhile() {
    let mut bench = network();
    let response = bench.request(&reset(ResetTarget::Mote, MOTE));
    assert!(matches!(response.response(), Response::Reset(_)));
    bench.pass(2 * SECOND);
    assert_eq!(events(&mut bench)[0], EventKind::MoteReset(MOTE));
    let again = reset(ResetTarget::Mote, MOTE);
    assert_eq!(code(&mut bench, &again), ResponseCode::InvState);
    let log = Request::GetLog(GetLog { mac_address: MOTE });
    assert_eq!(code(&mut bench, &log), ResponseCode::InvState);
    assert!(matches!(bench.request(&ping(MOTE)).response(), Response::PingMote(_)));
    bench.pass(70 * SECOND);
    let events = events(&mut bench);
    let in_vain = |event: &EventKind<'_>| {
        matches!(event, EventKind::PingResponse { mac_address: MOTE, answer: None, .. })
    };
    assert!(events.iter().any(in_vain), "{events:?}");
    let joined = events.iter().position(|event| *event == EventKind::MoteJoin(MOTE));
    let operational = events.iter().position(|event| *event == EventKind::MoteOperational(MOTE));
    assert!(joined.unwrap() < operational.unwrap(), "{events:?}");
    let created = |event: &EventKind<'_>| matches!(event, EventKind::MoteCreate { .. });
    assert!(!events.iter().any(created), "the manager has known it");
}

#[test]
fn a_reset_of_the_manager_is_answered_and_then_is_one() {
    let mut bench = network();
    bench.events();
    let response = bench.request(&reset(ResetTarget::Manager, MacAddress::default()));
    assert!(matches!(response.response(), Response::Reset(_)));
    bench.pass(SECOND);
    assert!(bench.events().contains(&Event::Booted));
    assert!(!bench.manager.has_session());
}

#[test]
fn what_concerns_the_network_is_done_one_at_a_time_and_ends_with_an_event() {
    let mut bench = network();
    let exchange = Request::ExchangeNetworkId(ExchangeNetworkId { id: 77 });
    let response = bench.request(&exchange);
    let Response::ExchangeNetworkId(callback) = response.response() else { panic!("{response:?}") };
    let advertising = Request::SetAdvertising(SetAdvertising { activate: 1 });
    let frame = Request::SetDownstreamFrameMode(SetDownstreamFrameMode { frame_mode: 1 });
    for other in [&exchange, &advertising, &frame] {
        assert_eq!(code(&mut bench, other), ResponseCode::InProgress);
    }
    assert_ne!(config(&mut bench).network_id, 77, "not yet");
    bench.pass(10 * SECOND);
    let finished = |callback_id| {
        let outcome = CommandOutcome::Ok;
        [EventKind::CommandFinished { callback_id, outcome }]
    };
    assert_eq!(events(&mut bench), finished(callback.callback_id));
    assert_eq!(config(&mut bench).network_id, 77);

    let state = |bench: &mut Bench| {
        let response = bench.request(&Request::GetNetworkInfo);
        let Response::GetNetworkInfo(info) = response.response() else { panic!("{response:?}") };
        (info.advertisement_state, info.down_frame_state)
    };
    assert_eq!(state(&mut bench), (0, 0));
    for request in [advertising, frame] {
        bench.request(&request);
        bench.pass(10 * SECOND);
    }
    assert_eq!(state(&mut bench), (1, 1));
    let wrong = Request::SetAdvertising(SetAdvertising { activate: 2 });
    assert_eq!(code(&mut bench, &wrong), ResponseCode::InvalidArgument);
}

fn config(bench: &mut Bench) -> NetworkConfig {
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
fn a_lost_mote_can_be_forgotten_and_comes_back_with_another_number() {
    let mut bench = network();
    let delete = |mac_address| Request::DeleteMote(DeleteMote { mac_address });
    assert_eq!(code(&mut bench, &delete(MOTE)), ResponseCode::InvState);
    assert_eq!(code(&mut bench, &delete(MANAGER)), ResponseCode::InvState);
    let number = |bench: &mut Bench| {
        let config = GetMoteConfig { mac_address: MOTE, next: false };
        match bench.request(&Request::GetMoteConfig(config)).response() {
            Response::GetMoteConfig(config) => Some(config.mote_id),
            _ => None,
        }
    };
    let before = number(&mut bench);
    bench.request(&reset(ResetTarget::Mote, MOTE));
    bench.pass(2 * SECOND);
    bench.request(&delete(MOTE));
    let seen = events(&mut bench);
    let mote_id = before.expect("it was known");
    assert_eq!(seen.last(), Some(&EventKind::MoteDelete { mac_address: MOTE, mote_id }));
    assert_eq!(number(&mut bench), None);
    bench.pass(70 * SECOND);
    assert_eq!(number(&mut bench), Some(7), "the next that is free");
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
