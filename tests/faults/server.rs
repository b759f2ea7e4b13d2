//! The server fails, refuses, hangs or is away.

use core::time::Duration;
use std::thread;
use std::time::Instant;

use e2e::{Answer, Bench, PATIENCE, Program, ScriptedServer, Stored, by_length, listen, once};
use readings::{Mac, Reading, Timestamp};

use crate::{SUBSCRIBED, acknowledged, end, wait_for_acknowledged, wait_until};

/// Has a server answer so for a while, during which it stores nothing and the gateway goes on
/// acknowledging, and then take everything.
fn survives(answer: Answer) {
    let bench = Bench::new();
    let server = ScriptedServer::answering(answer);
    let (simulator, pty) = bench.simulator(&["--motes", "3", "--period", "250ms"]);
    let gateway = bench.gateway(&pty, server.url());
    gateway.wait_for(SUBSCRIBED);
    gateway.wait_for("readings are kept in the spool");
    wait_for_acknowledged(&bench, by_length(20, 720), &gateway);
    assert!(server.requests() > 0);
    assert_eq!(server.stored(), [], "nothing that was acknowledged is stored yet");
    server.answer(Answer::Store);
    gateway.wait_for("the spool is empty");
    finish(&bench, gateway, simulator, &server, &[]);
}

/// What is stored and what is buried are together what was acknowledged.
fn finish(
    bench: &Bench,
    mut gateway: Program,
    mut simulator: Program,
    server: &ScriptedServer,
    buried: &[Stored],
) {
    gateway.terminate();
    simulator.terminate();
    bench.settle(server.url());
    let stored = once(&server.stored());
    bench.reckon(&[&stored, buried].concat()).assert_exact();
}

#[test]
fn that_fails() {
    survives(Answer::Status("500 Internal Server Error"));
}

#[test]
fn that_wants_another_token() {
    survives(Answer::Status("401 Unauthorized"));
}

#[test]
fn that_takes_requests_and_never_answers() {
    survives(Answer::Silence);
}

#[test]
fn that_asks_to_wait_is_left_alone_for_as_long() {
    let bench = Bench::new();
    let waits = ["429 Too Many Requests\r\nRetry-After: 2", "503 Unavailable\r\nRetry-After: 3"];
    let server = ScriptedServer::start(waits.map(Answer::Status));
    let (simulator, pty) = bench.simulator(&["--motes", "3", "--period", "250ms"]);
    let gateway = bench.gateway(&pty, server.url());
    gateway.wait_for("the spool is empty");
    let arrivals = server.arrivals();
    // The server cannot know when its answer arrives, but that is after the request has.
    assert!(arrivals[1] - arrivals[0] >= Duration::from_secs(2), "{arrivals:?}");
    assert!(arrivals[2] - arrivals[1] >= Duration::from_secs(3), "{arrivals:?}");
    finish(&bench, gateway, simulator, &server, &[]);
}

#[test]
fn that_refuses_one_reading_of_many_gets_the_others_and_the_one_is_kept_with_the_reason() {
    let bench = Bench::new();
    let server = ScriptedServer::answering(Answer::Status("500 Internal Server Error"));
    let (simulator, pty) = bench.simulator(&["--motes", "3", "--period", "250ms"]);
    let gateway = bench.gateway(&pty, server.url());
    gateway.wait_for("readings are kept in the spool");
    wait_for_acknowledged(&bench, 10, &gateway);
    server.script([Answer::RefuseFirst]);
    server.answer(Answer::Store);
    gateway.wait_for("the server refuses readings");
    wait_until("the others", &gateway, || server.stored().len() > 5);
    gateway.wait_for("the spool is empty");
    // What is live goes on too.
    let stored = server.stored().len();
    wait_until("more", &gateway, || server.stored().len() > stored + 3);
    let dead = dead_letters(&bench);
    assert_eq!(dead.iter().map(|(_, reason)| reason.as_str()).collect::<Vec<_>>(), ["not today"]);
    let buried: Vec<_> = dead.into_iter().map(|(reading, _)| reading).collect();
    finish(&bench, gateway, simulator, &server, &buried);
}

/// The dead letters in the spool, each with the reason.
fn dead_letters(bench: &Bench) -> Vec<(Stored, String)> {
    let spool = rusqlite::Connection::open(bench.path("gateway/spool.db"));
    let read = || {
        let spool = spool?;
        let mut select =
            spool.prepare("SELECT mac, micros, temperature, reason FROM dead_letters")?;
        let rows = select.query_map([], |row| {
            let mac = Mac::from(row.get::<_, [u8; 8]>(0)?);
            let timestamp = Some(Timestamp::from_micros(row.get(1)?));
            let reading = Reading { mac, timestamp, temperature: row.get(2)? };
            Ok((Stored::from(&reading), row.get(3)?))
        })?;
        rows.collect::<rusqlite::Result<_>>()
    };
    read().expect("the spool is a SQLite file")
}

#[test]
fn that_is_away_for_a_while() {
    let bench = Bench::new();
    let (mut first, url) = bench.server();
    let (simulator, pty) = bench.simulator(&["--motes", "10", "--period", "500ms"]);
    let gateway = bench.gateway(&pty, &url);
    gateway.wait_for(SUBSCRIBED);
    wait_for_acknowledged(&bench, 10, &gateway);

    first.terminate();
    gateway.wait_for("readings are kept in the spool");
    let before = acknowledged(&bench);
    thread::sleep(by_length(Duration::from_secs(5), Duration::from_secs(600)));
    assert!(acknowledged(&bench) > before, "the manager is not kept waiting");
    let (_second, _) = bench.server_at(listen(&url));
    // It may be a minute until the gateway looks again.
    wait_until_empty(&bench, &gateway);
    end(&bench, gateway, simulator, &url).assert_exact();
}

fn wait_until_empty(bench: &Bench, gateway: &Program) {
    let deadline = Instant::now() + 3 * PATIENCE;
    while !bench.spooled().is_empty() {
        assert!(Instant::now() < deadline, "{}", gateway.heard());
        thread::sleep(Duration::from_millis(100));
    }
}
