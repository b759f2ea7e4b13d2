//! A server that is far away: while readings do not wait for longer than two seconds they go to it
//! at once and nothing is written to disk; if they would, they go by the spool.

use core::time::Duration;
use std::thread;
use std::time::Instant;

use e2e::{
    Bench, Delay, PATIENCE, Program, ScriptedServer, by_length, in_calm, readings, written_octets,
};

const KEPT: &str = "readings are kept in the spool";

/// Until all motes have joined and reported their health once: of what carries no time it is written
/// when it came.
const JOINING: Duration = Duration::from_secs(25);

/// How many readings the server has.
fn stored(server: &str) -> usize {
    readings(server).len()
}

fn wait_for_stored(gateway: &Program, server: &str, enough: usize) {
    let deadline = Instant::now() + PATIENCE;
    while stored(server) < enough {
        assert!(Instant::now() < deadline, "{} are stored:\n{}", stored(server), gateway.heard());
        thread::sleep(Duration::from_millis(100));
    }
}

/// Expects that the manager has not given a session up. It may have granted the one twice: on a busy
/// machine a client says hello again before the answer is there.
fn assert_patient(gateway: &Program) {
    assert!(gateway.heard().contains(" sessions=1 "), "{}", gateway.heard());
}

fn goes_directly(round_trip: Duration, motes: &str, period: &str, options: &[&str]) {
    in_calm(|| goes_directly_once(round_trip, motes, period, options));
}

/// Takes readings over a way of this round trip, so many a period, and writes nothing.
fn goes_directly_once(round_trip: Duration, motes: &str, period: &str, options: &[&str]) {
    let bench = Bench::new();
    let (_server, url) = bench.server();
    let way = Delay::new(&url, round_trip);
    let options_of_network = ["--motes", motes, "--period", period, "--path-lasts", "0s"];
    let (mut simulator, pty) = bench.simulator(&options_of_network);
    thread::sleep(JOINING);
    let mut gateway = bench.gateway_with(&pty, way.url(), options);
    wait_for_stored(&gateway, &url, 1);
    let written = written_octets(gateway.id());
    let enough = stored(&url) + by_length(10, 100);
    wait_for_stored(&gateway, &url, enough);
    assert_eq!(written_octets(gateway.id()) - written, 0, "octets:\n{}", gateway.heard());
    gateway.terminate();
    simulator.terminate();
    assert!(!gateway.heard().contains(KEPT), "{}", gateway.heard());
    assert!(gateway.heard().contains("to_spool=0"), "{}", gateway.heard());
    assert_patient(&gateway);
    bench.settle(&url);
    bench.reckon(&readings(&url)).assert_exact();
}

#[test]
fn a_reading_a_second_over_300_ms_is_written_nowhere() {
    goes_directly(Duration::from_millis(300), "1", "1s", &[]);
}

#[test]
fn three_readings_a_second_over_120_ms_are_written_nowhere() {
    goes_directly(Duration::from_millis(120), "3", "1s", &[]);
}

#[test]
fn five_motes_every_two_seconds_over_250_ms_are_written_nowhere() {
    goes_directly(Duration::from_millis(250), "5", "2s", &[]);
}

/// The manager sends its notification again after one second, and gives the session up after four.
#[test]
fn an_acknowledgement_after_one_and_a_half_seconds_loses_no_session() {
    goes_directly(Duration::from_millis(1500), "1", "3s", &["--direct-window", "4s"]);
}

/// Each mote that joins brings a dozen events, and each of those takes as long a way as a reading.
#[test]
fn while_motes_join_over_300_ms_their_events_step_aside_and_readings_go_directly() {
    in_calm(|| {
        let bench = Bench::new();
        let server = ScriptedServer::start([]).of_today();
        let way = Delay::new(server.url(), Duration::from_millis(300));
        let (mut simulator, pty) = bench.simulator(&["--motes", "6", "--period", "5s"]);
        let mut gateway = bench.gateway(&pty, way.url());
        let deadline = Instant::now() + PATIENCE;
        while server.stored().len() < 30 || server.network().len() < 200 {
            assert!(Instant::now() < deadline, "{}", gateway.heard());
            thread::sleep(Duration::from_millis(100));
        }
        gateway.terminate();
        simulator.terminate();
        assert!(!gateway.heard().contains(KEPT), "{}", gateway.heard());
        assert!(!gateway.heard().contains("to_spool=0"), "{}", gateway.heard());
        assert_patient(&gateway);
        bench.settle(server.url());
        bench.reckon(&e2e::once(&server.stored())).assert_exact();
        bench.reckon_notices(&server.network()).assert_exact_but(0);
    });
}

#[test]
fn more_than_the_way_carries_goes_by_the_spool_and_directly_when_it_carries_it_again() {
    in_calm(|| {
        let bench = Bench::new();
        let (_server, url) = bench.server();
        let way = Delay::new(&url, Duration::from_millis(100));
        let (mut simulator, pty) =
            bench.simulator(&["--motes", "40", "--period", "1s", "--path-lasts", "0s"]);
        thread::sleep(JOINING);
        let mut gateway = bench.gateway(&pty, way.url());
        gateway.wait_for(KEPT);
        // The latter where the machine is busy too.
        let reasons = ["would wait for more than 2s", "does not answer in time"];
        let is_said = |reason| gateway.heard().contains(reason);
        assert!(reasons.into_iter().any(is_said), "{}", gateway.heard());
        let enough = stored(&url) + by_length(400, 4000);
        wait_for_stored(&gateway, &url, enough);
        way.set(Duration::ZERO);
        gateway.wait_for("the spool is empty");
        // Nothing that was written before is still on its way to the disk.
        thread::sleep(Duration::from_secs(1));
        let written = written_octets(gateway.id());
        let enough = stored(&url) + 200;
        wait_for_stored(&gateway, &url, enough);
        assert_eq!(written_octets(gateway.id()) - written, 0, "octets:\n{}", gateway.heard());
        gateway.terminate();
        simulator.terminate();
        assert_patient(&gateway);
        assert_eq!(gateway.heard().matches(KEPT).count(), 1, "{}", gateway.heard());
        bench.settle(&url);
        bench.reckon(&readings(&url)).assert_exact();
    });
}

/// Until it is known, one direct window is all that a manager waits.
#[test]
fn a_server_that_hangs_costs_one_direct_window() {
    in_calm(|| {
        let bench = Bench::new();
        let server = ScriptedServer::answering(e2e::Answer::Silence);
        let (mut simulator, pty) = bench.simulator(&["--motes", "3", "--period", "1s"]);
        let mut gateway = bench.gateway(&pty, server.url());
        gateway.wait_for(KEPT);
        let before = bench.acknowledged().len();
        thread::sleep(Duration::from_secs(10));
        let acknowledged = bench.acknowledged().len() - before;
        assert!(acknowledged >= 15, "{acknowledged}:\n{}", gateway.heard());
        assert_eq!(gateway.heard().matches(KEPT).count(), 1, "{}", gateway.heard());
        gateway.terminate();
        simulator.terminate();
        assert_patient(&gateway);
    });
}
