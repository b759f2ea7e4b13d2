use core::time::Duration;

use clouddata_simulator::{Clock, Settings};
use manager_core::command::GetMoteConfigById;
use manager_core::{
    MacAddress, NotificationMask, PacketType, Request, Response, ResponseCode, SendData, Subscribe,
    UtcTime,
};

use crate::bench::{Bench, DATA, Heard};

pub(crate) fn refusal(heard: &Heard) -> ResponseCode {
    match heard.response() {
        Response::Refused { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn get_time_starts_in_2002_at_boot() {
    let mut bench = Bench::quiet();
    bench.hello();
    bench.pass(Duration::from_micros(3_600_000_250));
    let response = bench.request(&Request::GetTime);
    let Response::GetTime(time) = response.response() else { panic!("{response:?}") };
    assert_eq!(time.uptime, 3600);
    assert_eq!(time.utc, UtcTime { secs: UtcTime::BOOT.secs + 3600, usecs: 250 });
    let slots = 3_600_000_250 / 7250_u64;
    assert_eq!(time.asn, slots.to_be_bytes()[3..]);
    assert_eq!(u64::from(time.asn_offset), 3_600_000_250 % 7250);
}

#[test]
fn get_time_is_the_hosts_if_the_clock_is_set() {
    let origin = UtcTime { secs: 1_700_000_000, usecs: 3 };
    let clock = Clock::Utc;
    let mut bench = Bench::new(Settings { origin, clock, motes: 0, ..Settings::default() });
    bench.hello();
    bench.pass(Duration::from_secs(5));
    let response = bench.request(&Request::GetTime);
    let Response::GetTime(time) = response.response() else { panic!("{response:?}") };
    assert_eq!((time.utc, time.uptime), (UtcTime { secs: 1_700_000_005, usecs: 3 }, 5));
}

#[test]
fn system_and_network_describe_themselves() {
    let mut bench = Bench::new(Settings { motes: 7, ..Settings::default() });
    bench.hello();
    let response = bench.request(&Request::GetSystemInfo);
    let Response::GetSystemInfo(system) = response.response() else { panic!("{response:?}") };
    assert_eq!(system.mac_address.0[..3], [0x00, 0x17, 0x0D]);

    let network = |bench: &mut Bench| {
        let response = bench.request(&Request::GetNetworkInfo);
        let Response::GetNetworkInfo(network) = response.response() else { panic!("{response:?}") };
        (network.num_motes, network.num_arrived_packets)
    };
    assert_eq!(network(&mut bench), (0, Some(0)));
    bench.pass(Duration::from_secs(10));
    let (num_motes, num_arrived_packets) = network(&mut bench);
    assert_eq!(num_motes, 7);
    assert!(num_arrived_packets > Some(40));
}

#[test]
fn an_unknown_command_is_refused_and_a_short_one_too() {
    let mut bench = Bench::quiet();
    bench.hello();
    for packet_type in [PacketType::Unknown(0x19), PacketType::Unknown(0x99)] {
        let response = bench.request(&Request::Other { packet_type, body: &[0; 9] });
        assert_eq!(refusal(&response), ResponseCode::InvalidCommand);
        assert_eq!(response.body.len(), 1);
    }
    for packet_type in [PacketType::Subscribe, PacketType::SendData] {
        let response = bench.request(&Request::Other { packet_type, body: &[0; 7] });
        assert_eq!(refusal(&response), ResponseCode::InvalidArgument);
    }
}

#[test]
fn a_repeated_request_is_answered_again_and_not_carried_out_again() {
    let mut bench = Bench::quiet();
    bench.hello();
    let first = bench.request(&Request::GetTime);
    bench.pass(Duration::from_secs(7));
    let again = bench.request_again(&Request::GetTime);
    assert_eq!(again.body, first.body, "not the time of the repetition");
    let tally = bench.manager.tally();
    assert_eq!((tally.requests, tally.repeated_requests), (1, 1));
    let next = bench.request(&Request::GetTime);
    assert_ne!(next.body, first.body);
}

#[test]
fn a_repeated_packet_for_a_mote_is_sent_once() {
    let mut bench = Bench::subscribed(
        Settings { motes: 1, period: Duration::from_secs(3600), ..Settings::default() },
        Subscribe {
            filter: NotificationMask::EVENT | NotificationMask::DATA,
            unack_filter: NotificationMask::EVENT | NotificationMask::DATA,
        },
    );
    bench.pass(Duration::from_secs(5));
    bench.heard();
    let packet = Request::SendData(SendData {
        mac_address: MacAddress([0, 0x17, 0x0D, 0, 0, 0x31, 0, 1]),
        priority: 0,
        src_port: 0xF0B9,
        dst_port: 0xF0B9,
        options: 0,
        data: &[5, 0, 1, 0xFF, 1, 0],
    });
    let first = bench.request(&packet);
    let again = bench.request_again(&packet);
    assert_eq!(first.body, again.body, "the same callback identifier");
    bench.pass(Duration::from_secs(5));
    assert_eq!(bench.notifications().len(), 2, "one eventPacketSent and one response");
}

#[test]
fn a_packet_for_a_mote_that_is_not_there_is_refused() {
    let mut bench = Bench::subscribed(Settings::default(), DATA);
    let to = |mac_address| SendData {
        mac_address,
        priority: 0,
        src_port: 0xF0B9,
        dst_port: 0xF0B9,
        options: 0,
        data: &[],
    };
    let stranger = Request::SendData(to(MacAddress([1; 8])));
    assert_eq!(refusal(&bench.request(&stranger)), ResponseCode::NotFound);
    let mote = Request::SendData(to(MacAddress([0, 0x17, 0x0D, 0, 0, 0x31, 0, 1])));
    assert_eq!(refusal(&bench.request(&mote)), ResponseCode::NotFound, "it is not known yet");
    bench.pass(Duration::from_millis(1));
    let joining = |bench: &mut Bench| {
        let config = GetMoteConfigById { mote_id: 2 };
        match bench.request(&Request::GetMoteConfigById(config)).response() {
            Response::GetMoteConfigById(config) => Some(config.mac_address),
            _ => None,
        }
    };
    let first = loop {
        match joining(&mut bench) {
            Some(first) => break first,
            None => bench.pass(Duration::from_millis(10)),
        }
    };
    let response = bench.request(&Request::SendData(to(first)));
    assert_eq!(refusal(&response), ResponseCode::InvState, "it has not joined yet");
    bench.pass(Duration::from_secs(2));
    assert!(matches!(bench.request(&mote).response(), Response::SendData(_)));
}
