//! The server fails, refuses, hangs or is away.

use core::time::Duration;
use std::thread;
use std::time::Instant;

use clouddata_gateway::Spool;
use e2e::{Answer, Bench, PATIENCE, Program, ScriptedServer, Stored, by_length, listen, once};
use readings::{Mac, Reading, Record, Timestamp};

use crate::{Ended, SUBSCRIBED, acknowledged, end, wait_until};

/// Has a server answer so for a while, during which it stores nothing and the gateway goes on
/// acknowledging, and then take everything. Returns what the gateway has said.
fn survives(answer: Answer) -> String {
    let bench = Bench::lively();
    let server = ScriptedServer::answering(answer).of_today();
    let (simulator, pty) = bench.simulator(&["--motes", "3", "--period", "250ms"]);
    let gateway = bench.gateway(&pty, server.url());
    gateway.wait_for(SUBSCRIBED);
    gateway.wait_for("readings are kept in the spool");
    bench.wait_for_acknowledged(by_length(20, 600), &gateway);
    assert!(server.requests() > 0);
    assert_eq!(server.stored(), [], "nothing that was acknowledged is stored yet");
    server.answer(Answer::Store);
    gateway.wait_for("the spool is empty");
    let said = gateway.heard();
    assert_eq!(dead_letters(&bench), [], "{said}");
    assert_eq!(said.matches("readings are kept in the spool").count(), 1, "{said}");
    finish(&bench, gateway, simulator, &server, &[]);
    said
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
    if buried.is_empty() {
        bench.reckon_notices(&server.network()).assert_exact_but(0);
    }
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

const PAGE: &str = "200 OK\r\nContent-Type: text/html";

#[test]
fn that_answers_with_a_login_page() {
    let gateway = survives(Answer::Body(PAGE, "<a/>"));
    let said = "answers 200 with a page: this is not clouddata-server; a login page?";
    assert!(gateway.contains(said), "{gateway}");
}

#[test]
fn that_wants_https() {
    let status = "400 Bad Request\r\nContent-Type: text/html";
    let gateway = survives(Answer::Body(status, "<html>The plain HTTP request was sent</html>"));
    assert!(gateway.contains("answers 400 with a page"), "{gateway}");
    assert!(gateway.contains("does it want https?"), "{gateway}");
}

#[test]
fn that_refuses_what_was_not_sent() {
    let status = "422 Unprocessable Content\r\nContent-Type: application/json";
    let refusal = r#"[{"index":70000,"field":"temperature","reason":"no"}]"#;
    survives(Answer::Body(status, refusal));
}

#[test]
fn whose_clock_is_ahead() {
    let gateway = survives(Answer::Clock(13 * 3600));
    assert!(gateway.contains("13h ahead of this machine's"), "{gateway}");
    let said = gateway.matches("the two clocks differ").count();
    assert_eq!(said, 1, "{gateway}");
}

#[test]
fn whose_clock_is_behind() {
    let gateway = survives(Answer::Clock(-26 * 3600));
    assert!(gateway.contains("1day 2h behind this machine's"), "{gateway}");
}

/// What it takes passes by what it does not take for now, and what is really too old is no longer
/// tried.
#[test]
fn whose_clock_is_ahead_of_old_readings_only() {
    let bench = Bench::new();
    let server = ScriptedServer::answering(Answer::Clock(6 * 3600));
    let hours_ago = |hours: i64, index: i64| {
        let micros = Timestamp::now().as_micros() - hours * 3_600_000_000 + index;
        let mac = Mac::from([0, 0x17, 0x0d, 0, 0, 0x99, 0, 1]);
        Reading::temperature(mac, 1.0, Some(Timestamp::from_micros(micros)))
    };
    let mut spool = Spool::open(&bench.path("gateway"), 1 << 26).expect("a spool");
    // More than a batch that will do later, and behind it what will do now.
    let later: Vec<Record> = (0..2500).map(|index| hours_ago(7, index).into()).collect();
    let now: Vec<Record> = (0..100).map(|index| hours_ago(2, index).into()).collect();
    spool.append(&later).expect("it can be written");
    spool.append(&now).expect("it can be written");
    drop(spool);
    let (mut simulator, pty) = bench.simulator(&["--motes", "3", "--period", "250ms"]);
    let mut gateway = bench.gateway(&pty, server.url());
    wait_until("what will do now", &gateway, || server.stored().len() > 120);
    // Besides live ones, if there are any at this moment.
    let kept = bench.spooled().iter().filter(|stored| stored.mac.ends_with("99-00-01")).count();
    assert_eq!(kept, later.len(), "{}", gateway.heard());
    assert_eq!(dead_letters(&bench), []);
    server.answer(Answer::Clock(0));
    gateway.wait_for("the spool is empty");
    gateway.terminate();
    simulator.terminate();
    assert!(once(&server.stored()).len() >= later.len() + now.len());
    // A dozen hours are over by any clock.
    let mut spool = Spool::open(&bench.path("gateway"), 1 << 26).expect("a spool");
    spool.append(&[hours_ago(13, 0).into()]).expect("it can be written");
    drop(spool);
    bench.settle(server.url());
    let dead = dead_letters(&bench);
    assert_eq!(dead.iter().map(|(_, reason)| reason.as_str()).collect::<Vec<_>>(), ["not now"]);
}

/// The existing Python server answers so, and stores what comes without its time.
#[test]
fn that_is_the_existing_one_says_with_an_empty_page_that_it_stores() {
    let bench = Bench::new();
    let empty = "200 OK\r\nContent-Type: text/html; charset=UTF-8";
    let server = ScriptedServer::answering(Answer::Status(empty));
    let (mut simulator, pty) = bench.simulator(&["--motes", "3", "--period", "250ms"]);
    let mut gateway = bench.gateway_with(&pty, server.url(), &["--post-format", "single"]);
    bench.wait_for_acknowledged(10, &gateway);
    assert_eq!(bench.spooled(), []);
    server.answer(Answer::Body(PAGE, "<a/>"));
    gateway.wait_for("answers 200 with a page");
    server.answer(Answer::Status(empty));
    gateway.wait_for("the spool is empty");
    gateway.terminate();
    simulator.terminate();
    assert!(gateway.heard().contains("direct="), "{}", gateway.heard());
}

/// It is said when it begins, and then counted.
#[test]
fn that_refuses_every_reading_is_one_line_and_none_counts_as_stored() {
    let bench = Bench::new();
    let status = "422 Unprocessable Content\r\nContent-Type: application/json";
    let refusal = r#"[{"index":0,"field":"temperature","reason":"never"}]"#;
    let server = ScriptedServer::answering(Answer::Body(status, refusal));
    let (mut simulator, pty) = bench.simulator(&["--motes", "3", "--period", "250ms"]);
    let mut gateway = bench.gateway(&pty, server.url());
    bench.wait_for_acknowledged(30, &gateway);
    gateway.terminate();
    simulator.terminate();
    let said = gateway.heard();
    assert_eq!(said.matches("the server refuses readings").count(), 1, "{said}");
    assert!(said.contains("direct=0 "), "{said}");
    assert!(dead_letters(&bench).len() >= 30, "{said}");
}

/// Whether it is away or back, it is said once a minute at most.
#[test]
fn that_comes_and_goes_all_the_time_is_not_told_of_each_time() {
    let bench = Bench::lively();
    let server = ScriptedServer::start([]).of_today();
    let (mut simulator, pty) = bench.simulator(&["--motes", "5", "--period", "100ms"]);
    let mut gateway = bench.gateway(&pty, server.url());
    gateway.wait_for(SUBSCRIBED);
    for _ in 0..by_length(10, 100) {
        server.script([Answer::Status("503 Service Unavailable")]);
        let stored = server.stored().len();
        wait_until("it to be back", &gateway, || server.stored().len() > stored + 3);
    }
    gateway.terminate();
    simulator.terminate();
    let said = gateway.heard();
    let count = |line: &str| said.matches(line).count();
    let most = by_length(1, 10);
    assert!(count("readings are kept in the spool") <= most, "{said}");
    assert!(count("the server takes readings again") <= most, "{said}");
    assert!(count("the spool is empty") <= most, "{said}");
    bench.settle(server.url());
    Ended::of_scripted(&bench, &server).assert_exact();
}

#[test]
fn that_asks_to_wait_is_left_alone_for_as_long() {
    let bench = Bench::lively();
    let answers = ["429 Too Many Requests\r\nRetry-After: 2", "503 Unavailable\r\nRetry-After: 3"];
    let server = ScriptedServer::start(answers.map(Answer::Status)).of_today();
    let (simulator, pty) = bench.simulator(&["--motes", "3", "--period", "250ms"]);
    let gateway = bench.gateway(&pty, server.url());
    gateway.wait_for("the spool is empty");
    let arrivals = server.arrivals();
    // The server cannot know when its answer arrives, but that is after the request has. What was on its way by then,
    // a reading beside an event, is there soon.
    for (&asked, seconds) in arrivals.iter().zip([2, 3]) {
        let (on_its_way, wait) = (Duration::from_millis(500), Duration::from_secs(seconds));
        let waited = arrivals.iter().map(|&other| other.saturating_duration_since(asked));
        assert!(waited.clone().all(|it| it < on_its_way || it >= wait), "{arrivals:?}");
        assert!(waited.clone().any(|it| it >= wait), "{arrivals:?}");
    }
    finish(&bench, gateway, simulator, &server, &[]);
}

#[test]
fn that_refuses_one_reading_of_many_gets_the_others_and_the_one_is_kept_with_the_reason() {
    let bench = Bench::new();
    let server = ScriptedServer::answering(Answer::Status("500 Internal Server Error"));
    let (simulator, pty) = bench.simulator(&["--motes", "3", "--period", "250ms"]);
    let gateway = bench.gateway(&pty, server.url());
    gateway.wait_for("readings are kept in the spool");
    bench.wait_for_acknowledged(10, &gateway);
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
        let mut select = spool.prepare(
            "SELECT identity, micros, value, reason FROM dead_letters
                           WHERE length(identity) = 8",
        )?;
        let rows = select.query_map([], |row| {
            let mac = Mac::from(row.get::<_, [u8; 8]>(0)?);
            let timestamp = Some(Timestamp::from_micros(row.get(1)?));
            let reading = Reading::temperature(mac, row.get(2)?, timestamp);
            Ok((Stored::from(&reading), row.get(3)?))
        })?;
        rows.collect::<rusqlite::Result<_>>()
    };
    read().expect("the spool is a SQLite file")
}

#[test]
fn that_is_away_for_a_while() {
    let bench = Bench::lively();
    let (mut first, url) = bench.server();
    let (simulator, pty) = bench.simulator(&["--motes", "10", "--period", "500ms"]);
    let gateway = bench.gateway(&pty, &url);
    gateway.wait_for(SUBSCRIBED);
    bench.wait_for_acknowledged(10, &gateway);

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
