use core::time::Duration;

use clouddata_simulator::{Event, SessionEnd};
use manager_core::{Control, Hello, PacketType, Request, Response, SuccessCode};

use crate::bench::Bench;

#[test]
fn without_a_session_the_manager_says_hello_every_second() {
    let mut bench = Bench::quiet();
    bench.pass(Duration::from_millis(3500));
    let heard = bench.heard();
    let seconds: Vec<_> = heard.iter().map(|hello| hello.at.as_millis()).collect();
    assert_eq!(seconds, [0, 1000, 2000, 3000]);
    for hello in heard {
        assert_eq!(
            (hello.packet_type, hello.control),
            (PacketType::ManagerHello, Control::BEST_EFFORT)
        );
        assert_eq!((hello.seq, &hello.body[..]), (0, &[4, 0][..]));
    }
}

#[test]
fn with_a_session_it_does_not() {
    let mut bench = Bench::quiet();
    let response = bench.say(Hello::new(200));
    assert_eq!(response.success_code, SuccessCode::Ok);
    assert_eq!((response.version, response.mode), (4, 0));
    assert_eq!((response.mgr_seq_no, response.cli_seq_no), (0, 200));
    assert!(bench.manager.has_session());
    bench.pass(Duration::from_secs(3600));
    assert_eq!(bench.heard(), []);
}

#[test]
fn another_version_or_mode_is_refused() {
    let mut bench = Bench::quiet();
    let response = bench.say(Hello { version: 3, cli_seq_no: 9, mode: 0 });
    assert_eq!(response.success_code, SuccessCode::UnsupportedVersion);
    assert_eq!((response.version, response.cli_seq_no), (4, 9));
    let response = bench.say(Hello { version: 4, cli_seq_no: 9, mode: 1 });
    assert_eq!(response.success_code, SuccessCode::InvalidMode);
    assert!(!bench.manager.has_session());
    assert_eq!(bench.manager.tally().refused_hellos, 2);
    bench.pass(Duration::from_secs(2));
    assert!(!bench.heard().is_empty(), "it goes on saying hello");
}

#[test]
fn a_refused_hello_does_not_end_the_session() {
    let mut bench = Bench::quiet();
    bench.hello();
    bench.say(Hello { version: 3, cli_seq_no: 9, mode: 0 });
    assert!(bench.manager.has_session());
}

#[test]
fn a_hello_replaces_the_session() {
    let mut bench = Bench::quiet();
    bench.hello();
    bench.request(&Request::GetTime);
    bench.events();
    bench.say(Hello::new(77));
    let replaced = Event::SessionOver(SessionEnd::Replaced);
    assert_eq!(bench.events(), [replaced, Event::SessionBegun]);
    assert_eq!((bench.manager.tally().sessions, bench.manager.tally().replaced), (2, 1));
    // Requests are counted from the new hello.
    let response = bench.ask(PacketType::GetTime, 78, &[]).expect("it is answered");
    assert!(matches!(response.response(), Response::GetTime(_)));
}

#[test]
fn a_request_out_of_sequence_ends_the_session() {
    for skipped in [1, 100, 254] {
        let mut bench = Bench::quiet();
        bench.hello();
        let seq = bench.next_seq().wrapping_add(skipped);
        assert_eq!(bench.ask(PacketType::GetTime, seq, &[]), None);
        assert!(!bench.manager.has_session());
        assert_eq!(bench.heard()[0].packet_type, PacketType::ManagerHello);
        assert_eq!(bench.manager.tally().out_of_sequence, 1);
    }
}

#[test]
fn a_request_without_a_session_is_ignored() {
    let mut bench = Bench::quiet();
    assert_eq!(bench.ask(PacketType::GetTime, 1, &[]), None);
    assert_eq!(bench.manager.tally().unexpected, 1);
}

#[test]
fn what_is_no_packet_is_counted_and_ignored() {
    let mut bench = Bench::quiet();
    bench.hello();
    let frames: [&[u8]; 4] = [&[0], &[2, 0x17, 1, 9], &[0, 1, 0, 1, 4], &[1, 0x14, 1, 0]];
    for payload in frames {
        let frame: Vec<u8> = hdlc_core::Encoder::new(payload).collect();
        bench.manager.handle_bytes(bench.now, &frame);
    }
    bench.manager.handle_bytes(bench.now, b"noise\x7e\x7d\x7enoise\x7e");
    assert_eq!(bench.heard(), []);
    assert_eq!(bench.manager.tally().malformed, 4);
    let line = bench.manager.line_counters();
    assert_eq!((line.frames, line.aborted, line.bad_fcs), (5, 1, 2));
    bench.request(&Request::GetTime);
}
