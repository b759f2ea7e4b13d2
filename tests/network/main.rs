//! What the manager says besides temperatures: it arrives as it was said, whatever goes wrong on
//! the way.

mod found;
mod said;
mod undated;

use core::time::Duration;
use std::thread;
use std::time::Instant;

use e2e::{Answer, Bench, PATIENCE, Program, ScriptedServer, Wiretap, in_calm};
use found::Found;
use readings::Record;
use said::Said;

const SUBSCRIBED: &str = "the manager sends its motes' readings";

/// A lively network: motes join, report often and lose their parents.
const LIVELY: [&str; 8] =
    ["--motes", "6", "--period", "500ms", "--health-every", "2s", "--path-lasts", "20s"];

fn wait_until(what: &str, gateway: &Program, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "in vain for {what}:\n{}", gateway.heard());
        thread::sleep(Duration::from_millis(50));
    }
}

fn rows(bench: &Bench, condition: &str) -> u64 {
    rows_of(bench, "records", condition)
}

fn rows_of(bench: &Bench, table: &str, condition: &str) -> u64 {
    let count = format!("SELECT count(*) FROM {table} WHERE {condition}");
    let spool = rusqlite::Connection::open_with_flags(
        bench.path("gateway/spool.db"),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
    );
    // There is none yet.
    spool.and_then(|spool| spool.query_row(&count, [], |row| row.get(0))).unwrap_or(0)
}

/// What is neither a temperature nor waits for a name.
const OTHERS: &str = "length(identity) > 8";

#[test]
fn all_that_is_said_is_stored_as_it_was_said() {
    in_calm(|| {
        let bench = Bench::new();
        let server = ScriptedServer::start([]).of_today();
        let (mut simulator, pty) =
            bench.simulator(&[&LIVELY[..], &["--analog", "--extras"]].concat());
        let wiretap = Wiretap::new(&pty);
        let mut gateway = bench.gateway(wiretap.port(), server.url());
        let enough = || {
            let said = Said::read(&wiretap.frames());
            said.events.len() > 20
                && said.slots.len() > 5
                && said.devices.len() > 30
                && said.statistics.len() > 3
                && said.paths.len() > 5
                && Found::read(&server.network()).has_answers(&said)
        };
        wait_until("something of everything", &gateway, enough);
        gateway.terminate();
        simulator.terminate();
        let (said, found) = (Said::read(&wiretap.frames()), Found::read(&server.network()));
        found.assert_is(&said);
        assert!(!said.extras.is_empty() && found.extras.is_empty(), "nobody wants them");
        assert!(gateway.heard().contains("dead_letters=0"), "{}", gateway.heard());
    });
}

#[test]
fn while_the_server_is_away_it_waits_in_the_spool_and_is_stored_once() {
    let bench = Bench::new();
    let server = ScriptedServer::answering(Answer::Status("503 Service Unavailable")).of_today();
    let (mut simulator, pty) = bench.simulator(&LIVELY);
    let wiretap = Wiretap::new(&pty);
    let mut gateway = bench.gateway(wiretap.port(), server.url());
    wait_until("some in the spool", &gateway, || rows(&bench, OTHERS) > 100);
    // As a power cut would.
    gateway.signal("KILL");
    gateway.wait();
    let first = wiretap.frames().len();
    let mut gateway = bench.gateway(wiretap.port(), server.url());
    gateway.wait_for(SUBSCRIBED);
    let before = rows(&bench, OTHERS);
    wait_until("more in the spool", &gateway, || rows(&bench, OTHERS) > before + 50);
    assert_eq!(server.network(), []);
    server.answer(Answer::Store);
    gateway.wait_for("the spool is empty");
    let has_answers = || {
        let said = Said::read(&wiretap.frames()[first..]);
        said.paths.len() > 5 && Found::read(&server.network()).has_answers(&said)
    };
    wait_until("all that the second one asked for", &gateway, has_answers);
    gateway.terminate();
    simulator.terminate();
    let (said, found) = (Said::read(&wiretap.frames()), Found::read(&server.network()));
    found.assert_is(&said);
}

#[test]
fn what_is_no_oap_is_kept_as_it_came_if_it_is_wanted() {
    let bench = Bench::new();
    let server = ScriptedServer::answering(Answer::Status("503 Service Unavailable")).of_today();
    let (mut simulator, pty) = bench.simulator(&[&LIVELY[..], &["--extras"]].concat());
    let wiretap = Wiretap::new(&pty);
    let start =
        || bench.gateway_with(wiretap.port(), server.url(), &["--extras", "userData,ipData,log"]);
    let mut gateway = start();
    let some = "json LIKE '%ipData%'";
    wait_until("some in the spool", &gateway, || rows(&bench, some) > 5);
    assert!(gateway.heard().contains("a mote's log"), "{}", gateway.heard());
    gateway.signal("KILL");
    gateway.wait();
    let mut gateway = start();
    gateway.wait_for(SUBSCRIBED);
    let before = rows(&bench, some);
    wait_until("more in the spool", &gateway, || rows(&bench, some) > before + 5);
    server.answer(Answer::Store);
    gateway.wait_for("the spool is empty");
    let enough = || Found::read(&server.network()).extras.len() > 40;
    wait_until("some that go directly", &gateway, enough);
    gateway.terminate();
    simulator.terminate();
    let (said, found) = (Said::read(&wiretap.frames()), Found::read(&server.network()));
    found.assert_is(&said);
    found.assert_extras(&said);
}

/// The last thing that a gateway does is to have an event stored: it comes again, without a time, to
/// the next one.
#[test]
fn what_is_stored_and_not_acknowledged_when_the_gateway_is_killed_is_stored_once() {
    let bench = Bench::new();
    let server = ScriptedServer::start([]).of_today();
    let (mut simulator, pty) = bench.simulator(&LIVELY);
    let wiretap = Wiretap::new(&pty);
    let events = || {
        let network = server.network();
        network.iter().filter(|record| matches!(record, Record::Event(_))).count()
    };
    let mut gateway = bench.gateway(wiretap.port(), server.url());
    for _ in 0..3 {
        gateway.wait_for(SUBSCRIBED);
        server.answer(Answer::EventsUnsaid);
        let before = events();
        wait_until("an event that is stored", &gateway, || events() > before);
        gateway.signal("KILL");
        gateway.wait();
        server.answer(Answer::Store);
        gateway = bench.gateway(wiretap.port(), server.url());
        let before = events();
        wait_until("it to come again", &gateway, || events() > before);
    }
    gateway.terminate();
    simulator.terminate();
    bench.settle(server.url());
    let (said, found) = (Said::read(&wiretap.frames()), Found::read(&server.network()));
    found.assert_is(&said);
}

#[test]
fn what_the_server_refuses_costs_its_neighbours_nothing() {
    in_calm(|| {
        let bench = Bench::new();
        // All that comes first; the temperatures among it are dead letters too.
        let server = ScriptedServer::start([Answer::RefuseFirst; 30]).of_today();
        let (mut simulator, pty) = bench.simulator(&LIVELY);
        let wiretap = Wiretap::new(&pty);
        let mut gateway = bench.gateway(wiretap.port(), server.url());
        let enough = || Said::read(&wiretap.frames()).devices.len() > 20;
        wait_until("some reports", &gateway, enough);
        gateway.terminate();
        simulator.terminate();
        let spool = rusqlite::Connection::open(bench.path("gateway/spool.db")).expect("a spool");
        let dead = "SELECT count(*) FROM dead_letters WHERE reason = 'not today'";
        let dead: u64 = spool.query_row(dead, [], |row| row.get(0)).expect("a number");
        assert_eq!(dead, 30, "one of each refused request:\n{}", gateway.heard());
        let retried = e2e::command("clouddata-gateway")
            .args(["spool", "retry", "--state-dir"])
            .arg(bench.path("gateway"))
            .output()
            .expect("it runs");
        assert!(retried.stdout.starts_with(b"30 records are in the queue again"), "{retried:?}");
        drop(spool);
        bench.settle_all(server.url());
        let (said, found) = (Said::read(&wiretap.frames()), Found::read(&server.network()));
        found.assert_is(&said);
    });
}

#[test]
fn an_old_server_gets_temperatures_alone_until_it_is_upgraded() {
    let bench = Bench::new();
    let server = ScriptedServer::start([]);
    let (mut simulator, pty) = bench.simulator(&LIVELY);
    let mut gateway = bench.gateway(&pty, server.url());
    gateway.wait_for("the server takes temperatures alone");
    wait_until("temperatures", &gateway, || server.stored().len() > 50);
    assert_eq!(server.network(), []);
    gateway.terminate();
    let heard = gateway.heard();
    assert_eq!(heard.matches("temperatures alone").count(), 1, "{heard}");
    assert!(heard.contains("to_spool=0") && !heard.contains("left_out=0"), "{heard}");
    server.upgrade();
    let mut gateway = bench.gateway(&pty, server.url());
    wait_until("everything", &gateway, || server.network().len() > 50);
    gateway.terminate();
    simulator.terminate();
}

/// The existing Python server knows one thing at one path, and says so with an empty page.
#[test]
fn the_existing_server_is_asked_for_nothing_new() {
    let bench = Bench::new();
    let empty = "200 OK\r\nContent-Type: text/html; charset=UTF-8";
    let server = ScriptedServer::answering(Answer::Status(empty)).of_today();
    let (mut simulator, pty) = bench.simulator(&LIVELY);
    let mut gateway = bench.gateway_with(&pty, server.url(), &["--post-format", "single"]);
    gateway.wait_for("the server takes temperatures alone");
    wait_until("requests", &gateway, || server.requests() > 50);
    gateway.terminate();
    simulator.terminate();
    assert!(server.paths().iter().all(|path| path.ends_with("/oap")), "{:?}", server.paths());
    assert!(gateway.heard().contains("to_spool=0"), "{}", gateway.heard());
}
