//! What goes wrong in a cupboard, over real processes: whatever it is, what the gateway has
//! acknowledged is stored, once.

use core::time::Duration;
use std::thread;
use std::time::Instant;

use e2e::{Answer, Bench, PATIENCE, ScriptedServer, Stored, assert_nothing_lost, readings};

const SUBSCRIBED: &str = "the manager sends its motes' readings";

/// Runs a gateway against a server that begins with these answers, until the spool is empty
/// again, and asserts that nothing was lost.
fn survives(script: impl IntoIterator<Item = Answer>) -> ScriptedServer {
    let bench = Bench::new();
    let server = ScriptedServer::start(script);
    let (mut simulator, pty) = bench.simulator(&["--motes", "3", "--period", "250ms"]);
    let mut gateway = bench.gateway(&pty, server.url());
    gateway.wait_for(SUBSCRIBED);
    gateway.wait_for("the spool is empty");
    gateway.terminate();
    simulator.terminate();
    let acknowledged = bench.acknowledged();
    let stored: Vec<_> = server.stored().iter().map(Stored::from).chain(bench.spooled()).collect();
    assert!(!acknowledged.is_empty());
    assert_nothing_lost(&acknowledged, &deduplicated(stored), 100_000);
    server
}

/// What is safe after the gateway has stopped: in the server's store, or in the spool.
fn safe(bench: &Bench, url: &str) -> Vec<Stored> {
    let mut safe = readings(url);
    safe.extend(bench.spooled());
    deduplicated(safe)
}

/// What a store that knows a reading by its mote and time makes of repeats.
fn deduplicated(mut stored: Vec<Stored>) -> Vec<Stored> {
    stored.sort_by(|a, b| (&a.mac, &a.timestamp).cmp(&(&b.mac, &b.timestamp)));
    stored.dedup();
    stored
}

#[test]
fn a_server_that_fails() {
    survives([const { Answer::Status("500 Internal Server Error") }; 3]);
}

#[test]
fn a_server_that_asks_to_wait() {
    let wait = Answer::Status("429 Too Many Requests\r\nRetry-After: 2");
    let server = survives([wait]);
    assert!(server.requests() > 1);
}

#[test]
fn a_server_that_wants_another_token() {
    survives([const { Answer::Status("401 Unauthorized") }; 2]);
}

#[test]
fn a_server_that_takes_a_request_and_never_answers() {
    survives([Answer::Silence]);
}

#[test]
fn a_reading_that_the_server_refuses_blocks_no_other_and_is_kept() {
    let bench = Bench::new();
    let server = ScriptedServer::start([Answer::Store, Answer::RefuseFirst]);
    let (mut simulator, pty) = bench.simulator(&["--motes", "3", "--period", "250ms"]);
    let mut gateway = bench.gateway(&pty, server.url());
    gateway.wait_for("the server refuses readings");
    let requests = server.requests();
    let deadline = Instant::now() + PATIENCE;
    while server.requests() < requests + 3 {
        assert!(Instant::now() < deadline, "{}", gateway.heard());
        thread::sleep(Duration::from_millis(50));
    }
    gateway.terminate();
    simulator.terminate();
    let dead = rusqlite::Connection::open(bench.path("gateway/spool.db"))
        .and_then(|spool| {
            spool.query_row("SELECT count(*), max(reason) FROM dead_letters", [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
            })
        })
        .expect("the spool is a SQLite file");
    assert_eq!(dead, (1, "not today".to_owned()));
    let (acknowledged, stored) = (bench.acknowledged().len(), server.stored().len());
    assert!(stored + 1 >= acknowledged, "{acknowledged} acknowledged, {stored} stored");
}

#[test]
fn a_server_that_is_away_for_a_while() {
    let bench = Bench::new();
    let (mut first, url) = bench.server();
    let (mut simulator, pty) = bench.simulator(&["--motes", "3", "--period", "300ms"]);
    let mut gateway = bench.gateway(&pty, &url);
    gateway.wait_for(SUBSCRIBED);

    first.terminate();
    gateway.wait_for("readings are kept in the spool");
    thread::sleep(Duration::from_secs(5));
    let listen = url.trim_start_matches("http://").trim_end_matches('/');
    let (mut second, _) = bench.server_at(listen);
    gateway.wait_for("the spool is empty");

    gateway.terminate();
    simulator.terminate();
    assert_nothing_lost(&bench.acknowledged(), &safe(&bench, &url), 300_000);
    second.terminate();
}

#[test]
fn a_server_that_is_killed_again_and_again() {
    let bench = Bench::new();
    let (mut server, url) = bench.server();
    let listen = url.trim_start_matches("http://").trim_end_matches('/');
    let (mut simulator, pty) = bench.simulator(&["--motes", "10", "--period", "200ms"]);
    let mut gateway = bench.gateway(&pty, &url);
    gateway.wait_for(SUBSCRIBED);
    for moment in [700, 130, 1110, 370, 240] {
        thread::sleep(Duration::from_millis(moment));
        server.signal("KILL");
        server.wait();
        server = bench.server_at(listen).0;
    }
    gateway.wait_for("the spool is empty");
    gateway.terminate();
    simulator.terminate();
    assert_nothing_lost(&bench.acknowledged(), &safe(&bench, &url), 200_000);
    server.terminate();
}

#[test]
fn a_gateway_that_is_killed_again_and_again() {
    let bench = Bench::new();
    let (mut server, url) = bench.server();
    let (mut simulator, pty) = bench.simulator(&["--motes", "5", "--period", "200ms"]);
    for moment in [150, 730, 1490, 310, 1010] {
        let mut killed = bench.gateway(&pty, &url);
        killed.wait_for(SUBSCRIBED);
        thread::sleep(Duration::from_millis(moment));
        killed.signal("KILL");
        killed.wait();
    }
    let mut last = bench.gateway(&pty, &url);
    last.wait_for(SUBSCRIBED);
    thread::sleep(Duration::from_secs(1));
    last.terminate();
    simulator.terminate();
    let acknowledged = bench.acknowledged();
    assert!(acknowledged.len() > 50);
    assert_nothing_lost(&acknowledged, &safe(&bench, &url), 200_000);
    server.terminate();
}

#[test]
fn a_manager_that_reboots_again_and_again() {
    let bench = Bench::new();
    let (mut server, url) = bench.server();
    let options = ["--motes", "5", "--period", "250ms", "--reboot-every", "4s"];
    let (mut simulator, pty) = bench.simulator(&options);
    let mut gateway = bench.gateway(&pty, &url);
    for _ in 0..4 {
        gateway.wait_for(SUBSCRIBED);
    }
    gateway.terminate();
    simulator.terminate();
    let acknowledged = bench.acknowledged();
    assert!(acknowledged.len() > 50);
    assert_nothing_lost(&acknowledged, &safe(&bench, &url), 100_000);
    server.terminate();
}

#[test]
fn a_cable_that_is_pulled_and_plugged_in_again() {
    let bench = Bench::new();
    let (mut server, url) = bench.server();
    let link = bench.path("by-id").to_string_lossy().into_owned();
    let options = ["--motes", "5", "--period", "250ms", "--link", &link];
    let (mut simulator, _) = bench.simulator(&options);
    let mut gateway = bench.gateway(&link, &url);
    let mut acknowledged = Vec::new();
    for _ in 0..3 {
        gateway.wait_for(SUBSCRIBED);
        thread::sleep(Duration::from_secs(1));
        simulator.terminate();
        acknowledged.extend(bench.acknowledged());
        gateway.wait_for("the port is gone");
        // The next port may have another number; the link stays.
        simulator = bench.simulator(&options).0;
    }
    gateway.wait_for(SUBSCRIBED);
    gateway.terminate();
    assert!(acknowledged.len() > 20);
    assert_nothing_lost(&acknowledged, &safe(&bench, &url), 10_000);
    server.terminate();
}

#[test]
fn a_line_that_loses_a_tenth_of_all_frames() {
    let bench = Bench::new();
    let (mut server, url) = bench.server();
    let faults = ["--motes", "8", "--period", "250ms", "--loss", "0.1", "--corrupt", "0.01"];
    let (mut simulator, pty) =
        bench.simulator(&[&faults[..], &["--ack-timeout", "200ms"]].concat());
    let mut gateway = bench.gateway(&pty, &url);
    thread::sleep(Duration::from_secs(20));
    gateway.terminate();
    simulator.terminate();
    let acknowledged = bench.acknowledged();
    assert!(acknowledged.len() > 50, "{}", gateway.heard());
    assert_nothing_lost(&acknowledged, &safe(&bench, &url), 250_000);
    server.terminate();
}
