//! The program, as it is started from a shell or a script.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use clouddata_simulator::Report;
use rustix::process::{Pid, Signal, kill_process};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clouddata-simulator"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().expect("it can be run")
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("it is there");
}

#[test]
fn the_port_comes_first_and_the_report_last() {
    for with in [Signal::TERM, Signal::INT] {
        let mut child = command(&["--motes", "2"]).spawn().expect("it can be run");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut port = String::new();
        stdout.read_line(&mut port).expect("a line");
        assert!(Path::new(port.trim_end()).exists(), "{port:?}");
        signal(&child, with);
        let mut report = String::new();
        stdout.read_to_string(&mut report).expect("text");
        let report: Report = serde_json::from_str(&report).expect("one line of JSON");
        assert_eq!(report.tally.boots, 1);
        assert!(child.wait().expect("it ends").success());
    }
}

#[test]
fn the_report_goes_to_a_file_if_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.json");
    let output = run(&["--duration", "50ms", "--report", path.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout.iter().filter(|&&octet| octet == b'\n').count(), 1, "only the port");
    let report: Report = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert!(report.seconds >= 0.05);
}

#[test]
fn what_cannot_be_done_is_named() {
    let wrong: [(&[&str], i32, &str); 9] = [
        (&["--loss", "2"], 64, "loss: expected a probability, 0 to 1, found 2"),
        (&["--samples", "0"], 64, "samples: expected 1 to 32, found 0"),
        (&["--period", "1us"], 64, "period: expected 1 ms to 4294967295 ms, found 1us"),
        (&["--motes", "65535"], 64, "motes: expected at most 65534, found 65535"),
        (&["--health-every", "9ms"], 64, "expected 0s for none, or 1s and more, found 9ms"),
        (&["--path-lasts", "9ms"], 64, "expected 0s for ever, or 1s and more, found 9ms"),
        (&["--clock", "2003"], 64, "--clock"),
        (&["--ledger", "/nowhere/ledger"], 73, "cannot make the ledger /nowhere/ledger: No such"),
        (&["--link", "/"], 73, "cannot make the link /: "),
    ];
    for (arguments, code, message) in wrong {
        let output = run(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(message), "{stderr}");
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(output.stdout.is_empty());
    }
}
