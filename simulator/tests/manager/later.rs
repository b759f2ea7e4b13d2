//! What is accepted now and done later.

use core::time::Duration;

use clouddata_simulator::Event;
use manager_core::command::{
    DeleteMote, ExchangeNetworkId, GetLog, GetMoteConfig, PingMote, Reset, ResetTarget,
    SetAdvertising, SetDownstreamFrameMode,
};
use manager_core::notification::{CommandOutcome, EventKind};
use manager_core::{MacAddress, Request, Response, ResponseCode};

use crate::bench::Bench;
use crate::settings::{MANAGER, MOTE, code, config, events, network};

const SECOND: Duration = Duration::from_secs(1);

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
