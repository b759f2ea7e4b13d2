use core::time::Duration;

use clouddata_simulator::{Event, SessionEnd, Settings};
use manager_core::{PacketType, Request, Response, UtcTime};

use crate::bench::{Bench, DATA};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_reboot_ends_the_session_and_starts_everything_over() {
    let mut bench = Bench::subscribed(Settings::default(), DATA);
    bench.pass(3 * SECOND);
    bench.acknowledge(1);
    bench.pass(2 * SECOND);
    bench.heard();
    bench.events();
    let before = bench.manager.tally().readings;
    assert!(before.waiting > 0 && before.on_their_way > 0);

    bench.manager.reboot(bench.now);
    bench.pass(Duration::ZERO);
    assert_eq!(bench.heard()[0].packet_type, PacketType::ManagerHello);
    assert_eq!(bench.events(), [Event::SessionOver(SessionEnd::Rebooted), Event::Booted]);
    let after = bench.manager.tally();
    assert_eq!(after.readings.lost_in_reboots, before.waiting + before.on_their_way);
    assert_eq!((after.readings.waiting, after.readings.on_their_way), (0, 0));
    assert_eq!((after.boots, after.rebooted), (2, 1));

    assert_eq!(bench.hello().mgr_seq_no, 0);
    bench.pass(SECOND);
    let response = bench.request(&Request::GetTime);
    let Response::GetTime(time) = response.response() else { panic!("{response:?}") };
    assert_eq!((time.uptime, time.utc.secs), (1, UtcTime::BOOT.secs + 1));
    bench.subscribe(DATA);
    bench.pass(5 * SECOND);
    assert_eq!(bench.notifications()[0].seq, 1, "the motes have joined again");
}

#[test]
fn an_acknowledgement_from_before_a_reboot_counts_for_nothing() {
    let mut bench = Bench::subscribed(Settings::default(), DATA);
    bench.pass(3 * SECOND);
    bench.manager.reboot(bench.now);
    bench.acknowledge(1);
    assert_eq!(bench.manager.tally().readings.acknowledged, 0);
    assert_eq!(bench.manager.tally().unexpected, 1);
}

#[test]
fn what_is_half_said_at_a_reboot_is_not_said() {
    let mut bench = Bench::quiet();
    bench.hello();
    bench.request(&Request::GetTime);
    let hello = b"\x7e\x00\x01\x00\x03\x04\x00\x00\xf7\xce\x7e";
    let (half, other_half) = hello.split_at(6);
    bench.manager.handle_bytes(bench.now, half);
    bench.manager.reboot(bench.now);
    bench.manager.handle_bytes(bench.now, other_half);
    assert!(!bench.manager.has_session());

    bench.manager.handle_bytes(bench.now, hello);
    bench.manager.reboot(bench.now);
    assert_eq!(bench.heard(), [], "the answer was lost with the session");
}

#[test]
fn it_reboots_as_often_as_it_is_told() {
    let reboot_every = Some(20 * SECOND);
    let mut bench = Bench::new(Settings { reboot_every, ..Settings::default() });
    bench.pass(70 * SECOND);
    let boots = bench.events().into_iter().filter(|event| *event == Event::Booted);
    assert_eq!(boots.count(), 4);
    bench.hello();
    let response = bench.request(&Request::GetTime);
    let Response::GetTime(time) = response.response() else { panic!("{response:?}") };
    assert_eq!(time.uptime, 10);
}

#[test]
fn the_same_settings_and_octets_give_the_same_octets() {
    let run = |seed| {
        let settings = Settings { seed, reboot_every: Some(15 * SECOND), ..Settings::default() };
        let mut bench = Bench::subscribed(settings, DATA);
        let mut all = Vec::new();
        for _ in 0..400 {
            bench.pass(SECOND / 10);
            for heard in bench.heard() {
                if heard.packet_type == PacketType::Notification {
                    bench.acknowledge(heard.seq);
                }
                all.push(heard);
            }
        }
        all
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
