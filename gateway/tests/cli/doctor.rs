use core::time::Duration;
use std::thread;

use clouddata_simulator::{Config, Running, Settings, Simulator};
use scripted_server::{Answer, ScriptedServer};
use serialport::{SerialPort, TTYPort};

use crate::program::run;

fn simulator(motes: u16) -> Running {
    let period = Duration::from_millis(300);
    let settings =
        Settings { motes, period, latency: Duration::from_millis(10), ..Settings::default() };
    Simulator::start(Config { settings, ..Config::default() }).expect("it starts")
}

fn port(manager: &Running) -> &str {
    manager.port()
}

/// The steps that begin with this word, in their order.
fn steps<'a>(out: &'a str, word: &str) -> Vec<&'a str> {
    let step = |line: &'a str| line.strip_prefix(word)?.split_whitespace().next();
    out.lines().filter_map(step).collect()
}

#[test]
fn a_system_that_is_well_passes_every_step_and_loses_no_reading() {
    let (manager, server) = (simulator(2), ScriptedServer::start([]));
    let (code, out, err) = run(["doctor", "--port", port(&manager), "--server", server.url()]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let all = ["port", "hello", "clock", "subscribe", "motes", "reading", "server"];
    assert_eq!(steps(&out, "ok"), all, "{out}");
    assert!(out.contains(" operational, ") && out.contains(" measured "), "{out}");
    assert!(server.stored().is_empty());
    let report = manager.stop().expect("it has run");
    assert_eq!(report.tally.readings.acknowledged, 0, "the manager keeps what it has");
    assert!(report.tally.readings.waiting > 0);
}

#[test]
fn a_network_without_motes_says_so_and_what_to_do() {
    let (manager, server) = (simulator(0), ScriptedServer::start([]));
    let arguments = ["doctor", "--patience", "1s", "--port", port(&manager)];
    let (code, out, err) = run(arguments.iter().chain(&["--server", server.url()]));
    assert_eq!(code, 69, "{out}");
    assert_eq!(steps(&out, "FAIL"), ["motes"], "{out}");
    assert_eq!(steps(&out, "skip"), ["reading"], "{out}");
    assert!(out.contains("next:      switch motes on"), "{out}");
    assert!(err.contains("something is wrong"), "{err}");
}

#[test]
fn a_server_that_wants_a_token_is_told_from_one_that_is_not_there() {
    let manager = simulator(1);
    let server = ScriptedServer::answering(Answer::Status("401 Unauthorized"));
    let (code, out, _) = run(["doctor", "--port", port(&manager), "--server", server.url()]);
    assert_eq!(code, 69);
    assert_eq!(steps(&out, "FAIL"), ["server"], "{out}");
    assert!(out.contains("401") && out.contains("token"), "{out}");

    for format in ["batch", "single"] {
        let arguments = ["doctor", "--port", "/dev/not-there", "--post-format", format];
        let (code, out, _) = run(arguments.iter().chain(&["--server", "http://127.0.0.1:1"]));
        assert_eq!(code, 69);
        assert_eq!(steps(&out, "FAIL"), ["port", "server"], "{out}");
        assert_eq!(steps(&out, "skip").len(), 5, "{out}");
        assert!(out.contains("does not exist") && out.contains("cannot be reached"), "{out}");
    }
}

#[test]
fn the_existing_server_is_only_reached_for() {
    let server = ScriptedServer::answering(Answer::Status("500 Internal Server Error"));
    let arguments = ["doctor", "--port", "/dev/not-there", "--post-format", "single"];
    let (_, out, _) = run(arguments.iter().chain(&["--server", server.url()]));
    assert_eq!(steps(&out, "ok"), ["server"], "{out}");
    assert!(out.contains("whether it stores is not known"), "{out}");
}

#[test]
fn a_page_takes_no_readings() {
    let page = "200 OK\r\nContent-Type: text/html";
    for (answer, found) in [
        (Answer::Body(page, "<a/>"), "answers 200 with a page: this is not clouddata-server"),
        (Answer::Status("302 Found\r\nLocation: http://login.example/"), "login.example"),
    ] {
        let server = ScriptedServer::answering(answer);
        for format in ["batch", "single"] {
            let arguments = ["doctor", "--port", "/dev/not-there", "--post-format", format];
            let (code, out, _) = run(arguments.iter().chain(&["--server", server.url()]));
            assert_eq!(code, 69, "{out}");
            assert_eq!(steps(&out, "FAIL"), ["port", "server"], "{out}");
            assert!(out.contains(found) && !out.contains("takes readings"), "{out}");
        }
    }
}

#[test]
fn a_port_on_which_something_else_talks_is_told_from_silence() {
    let server = ScriptedServer::start([]);
    for (talk, found) in [("> help\r\n", "octets that are no frames"), ("", "silence")] {
        let (mut master, slave) = TTYPort::pair().unwrap();
        let name = slave.name().unwrap();
        drop(slave);
        let talker = thread::spawn(move || {
            use std::io::Write;
            for _ in 0..60 {
                let _ = master.write_all(talk.as_bytes());
                thread::sleep(Duration::from_millis(100));
            }
        });
        let (code, out, _) = run(["doctor", "--port", &name, "--server", server.url()]);
        assert_eq!(code, 69, "{out}");
        assert_eq!(steps(&out, "FAIL"), ["hello"], "{out}");
        assert!(out.contains(found), "{found}: {out}");
        talker.join().unwrap();
    }
}
