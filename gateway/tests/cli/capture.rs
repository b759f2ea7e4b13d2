use core::time::Duration;
use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use clouddata_simulator::{Config, Faults, Settings, Simulator};
use scripted_server::{Answer, ScriptedServer};

use crate::program::{gateway, run};
use crate::running::{Running, until};

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn simulator(faults: Faults) -> clouddata_simulator::Running {
    let settings = Settings {
        motes: 3,
        period: Duration::from_millis(200),
        samples: 2,
        latency: Duration::from_millis(10),
        ..Settings::default()
    };
    Simulator::start(Config { settings, faults, ..Config::default() }).expect("it starts")
}

/// Records a simulated manager until there are this many notifications with data in the file.
fn record(file: &Path, faults: Faults, notifications: usize) -> clouddata_simulator::Report {
    let manager = simulator(faults);
    let capture = Running::start(gateway(["capture", text(file), "--port", manager.port()]));
    until("there are notifications in the file", || {
        let content = fs::read(file).unwrap_or_default();
        // The reading end of the file may be within a block.
        let is_data = |octets: &&[u8]| matches!(octets, [0 | 2, 0x14, _, _, 4]);
        content.windows(5).filter(is_data).count() >= notifications
    });
    capture.terminate();
    let (code, said) = capture.wait();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(" frames, "), "{said}");
    manager.stop().expect("it has run")
}

#[test]
fn what_is_acknowledged_is_in_the_file_and_explained_by_decode() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("line.pcapng");
    let report = record(&file, Faults::default(), 20);
    let (code, out, _) = run(["decode", "--brief", text(&file)]);
    assert_eq!(code, 0, "{out}");
    for what in ["to the manager: frame", "hello_response", "response to getTime"] {
        assert!(out.contains(what), "{what}:\n{out}");
    }
    let measured = out.matches(" measured ").count();
    let acknowledged = usize::try_from(report.tally.readings.acknowledged).unwrap();
    assert!(measured >= acknowledged && acknowledged >= 10, "{measured} {acknowledged}\n{out}");
}

#[test]
fn a_replay_gives_a_gateway_every_reading_of_the_capture() {
    replay_gives_every_reading(&[], "/dev/");
}

#[test]
fn a_replay_behind_a_socket_does_so_too() {
    replay_gives_every_reading(&["--listen", "127.0.0.1:0"], "tcp:");
}

fn replay_gives_every_reading(options: &[&str], name: &str) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("line.pcapng");
    record(&file, Faults { loss: 0.0, corrupt: 0.05, noise: 0.1 }, 40);
    let (_, out, _) = run(["decode", "--brief", text(&file)]);
    let captured: HashSet<(String, String)> = out
        .lines()
        .filter_map(|line| line.trim().split_once(" measured "))
        .map(|(mac, rest)| (mac.to_owned(), rest.split(' ').next().unwrap_or("").to_owned()))
        .collect();
    assert!(captured.len() >= 10, "{out}");

    let server = ScriptedServer::start([]);
    let arguments = [&["replay", text(&file), "--speed", "10"], options].concat();
    let replay = Running::start(gateway(arguments));
    let port = replay.line_with(name);
    let state = directory.path().join("state");
    let arguments = ["run", "--port", &port, "--server", server.url(), "--state-dir", text(&state)];
    let gateway = Running::start(gateway(arguments));
    let (code, said) = replay.wait();
    assert_eq!(code, 0, "{said}");
    until("all readings are at the server", || {
        let stored: HashSet<(String, String)> = server
            .stored()
            .iter()
            .map(|reading| (reading.mac.to_string(), format!("{:.2}", reading.value)))
            .collect();
        captured.is_subset(&stored)
    });
    gateway.terminate();
    assert_eq!(gateway.wait().0, 0);
}

#[test]
fn listening_only_writes_nothing_to_the_port() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("line.pcapng");
    let manager = simulator(Faults::default());
    let arguments = ["capture", "--listen-only", text(&file), "--port", manager.port()];
    let capture = Running::start(gateway(arguments));
    until("a manager_hello is in the file", || {
        let content = fs::read(&file).unwrap_or_default();
        content.windows(6).any(|octets| octets == b"\x00\x03\x00\x02\x04\x00")
    });
    capture.terminate();
    assert_eq!(capture.wait().0, 0);
    let (code, out, _) = run(["decode", "--brief", text(&file)]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("from the manager: frame") && out.contains("manager_hello"), "{out}");
    assert!(!out.contains("to the manager"), "{out}");
}

#[test]
fn a_file_that_is_no_capture_is_not_played() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("text");
    fs::write(&file, "no capture").unwrap();
    let (code, _, err) = run(["replay", text(&file)]);
    assert_eq!(code, 65, "{err}");
    assert!(err.contains("not a capture file"), "{err}");
    let (code, _, err) = run(["replay", "not-there.pcapng"]);
    assert_eq!(code, 66, "{err}");
}

#[test]
fn a_port_that_goes_away_ends_the_capture_and_what_is_in_it_is_whole() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("line.pcapng");
    let manager = simulator(Faults::default());
    let port = manager.port().to_owned();
    let capture = Running::start(gateway(["capture", text(&file), "--port", &port]));
    until("something is in the file", || fs::metadata(&file).is_ok_and(|file| file.len() > 1000));
    manager.stop().expect("it has run");
    let (code, said) = capture.wait();
    assert_eq!(code, 74, "{said}");
    assert!(said.contains(&format!("the capture of {port} has ended")), "{said}");
    let (code, out, _) = run(["decode", "--brief", text(&file)]);
    assert_eq!(code, 0, "{out}");
}

#[test]
fn a_disk_that_is_full_ends_the_capture_and_is_named() {
    let manager = simulator(Faults::default());
    let (code, _, err) = run(["capture", "/dev/full", "--port", manager.port()]);
    assert_eq!(code, 73, "{err}");
    assert!(err.contains("/dev/full cannot be written"), "{err}");
}

#[test]
fn what_a_gateway_makes_is_its_users_alone() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state/gateway");
    let manager = simulator(Faults::default());
    let server = ScriptedServer::answering(Answer::Status("503 Service Unavailable"));
    let mut command = Command::new("sh");
    command.args([
        "-c",
        r#"umask 0; exec "$0" "$@""#,
        env!("CARGO_BIN_EXE_clouddata-gateway"),
        "run",
    ]);
    command.args(["--port", manager.port(), "--server", server.url()]);
    command.args(["--state-dir", text(&state)]);
    let gateway = Running::start(command);
    gateway.line_with("spool");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let files: Vec<_> = fs::read_dir(&state).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.iter().any(|file| file.ends_with("spool.db")), "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert_eq!((mode(&state), mode(state.parent().unwrap())), (0o700, 0o700));
}
