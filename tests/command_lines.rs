//! What all programs have in common on their command lines: where results go, what an empty setting
//! means, and how they end.

use std::fs::File;
use std::io::pipe;
use std::process::{Output, Stdio};

use e2e::command;
use serde_json::Value;
use tempfile::TempDir;

/// Each program with the commands of it that print something and end.
const PRINTING: [(&str, &[&[&str]]); 4] = [
    (
        "clouddata-gateway",
        &[&["config"], &["config", "--check"], &["ports"], &["decode", "7E0003000204009B387E"]],
    ),
    ("clouddata-server", &[&["config"], &["config", "--check"]]),
    ("clouddata-simulator", &[]),
    ("clouddata", &[]),
];

/// Those that every program has.
const COMMON: [&[&str]; 5] =
    [&["--help"], &["-h"], &["--version"], &["man"], &["completions", "bash"]];

fn printing() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    PRINTING.into_iter().flat_map(|(program, own)| {
        own.iter().chain(&COMMON).map(move |arguments| (program, *arguments))
    })
}

fn run(program: &str, arguments: &[&str], stdout: impl Into<Stdio>) -> Output {
    let home = TempDir::new().expect("a temporary directory");
    let mut command = command(program);
    command.args(arguments).env("HOME", home.path()).stdout(stdout).stderr(Stdio::piped());
    let child = command.spawn().expect("it starts");
    // The command holds an end of a pipe.
    drop(command);
    child.wait_with_output().expect("it ends")
}

fn full() -> File {
    File::options().write(true).open("/dev/full").expect("it is there")
}

/// Whether this machine has a port that the gateway would use is not known to a test.
fn is_ports(arguments: &[&str]) -> bool {
    arguments == ["ports"]
}

#[test]
fn what_cannot_be_written_is_said_and_is_74() {
    for (program, arguments) in printing() {
        let output = run(program, arguments, full());
        let said = String::from_utf8_lossy(&output.stderr);
        if is_ports(arguments) && output.status.code() == Some(69) {
            assert!(said.contains("there is no serial port"), "{said}");
            continue;
        }
        assert_eq!(output.status.code(), Some(74), "{program} {arguments:?}: {said}");
        let expected = format!("{program}: stdout cannot be written: No space left on device");
        assert!(said.starts_with(&expected), "{program} {arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{program} {arguments:?}: {said}");
    }
}

#[test]
fn what_runs_on_ends_too_when_its_first_line_cannot_be_written() {
    for (program, arguments) in [
        ("clouddata-simulator", &["--duration", "1h"][..]),
        ("clouddata", &["--simulate", "--listen", "localhost:0"]),
    ] {
        let output = run(program, arguments, full());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(74), "{program}: {said}");
        assert!(said.contains("stdout cannot be written: No space left"), "{program}: {said}");
        assert!(!said.contains("panicked"), "{program}: {said}");
    }
}

#[test]
fn a_failure_is_an_object_where_logs_are() {
    for (program, arguments, code) in [
        ("clouddata-gateway", &["--port", "/dev/absent"][..], 69),
        ("clouddata-server", &["--listen", "192.0.2.1:1"], 69),
        ("clouddata-simulator", &["--period", "0s"], 64),
        ("clouddata", &["--simulate", "--listen", "192.0.2.1:1"], 69),
    ] {
        let arguments = [arguments, &["--log-format", "json"]].concat();
        let output = run(program, &arguments, Stdio::piped());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{program}: {said}");
        let lines: Vec<Value> = said
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{program}: {line}")))
            .collect();
        let last = &lines.last().expect("it says why")["fields"];
        assert_eq!(last["exit_code"], code, "{program}: {said}");
        assert!(last["message"].is_string(), "{program}: {said}");
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    for (program, arguments) in printing() {
        let (reader, writer) = pipe().expect("the system has pipes");
        drop(reader);
        let output = run(program, arguments, writer);
        let said = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code();
        let whole = run(program, arguments, Stdio::piped());
        assert_eq!(code, whole.status.code(), "{program} {arguments:?}: {said}");
        assert!(is_ports(arguments) || code == Some(0), "{program} {arguments:?}: {said}");
        assert_eq!(said, String::from_utf8_lossy(&whole.stderr), "{program} {arguments:?}");
    }
}

#[test]
fn nobody_to_be_told_changes_nothing() {
    for (program, arguments, code) in [
        ("clouddata-gateway", &["--no-such-option"][..], 64),
        ("clouddata-gateway", &["config", "--check", "--config", "/absent"], 78),
        ("clouddata-gateway", &["decode", "7e0003"], 65),
        ("clouddata-server", &["config", "--check", "--config", "/absent"], 78),
        ("clouddata-server", &["backup", "/absent/copy.db"], 66),
        ("clouddata-simulator", &["--period", "0s"], 64),
        ("clouddata-simulator", &["--ledger", "/absent/ledger"], 73),
        ("clouddata", &["--period", "0s"], 64),
    ] {
        for logs in ["text", "json"] {
            let home = TempDir::new().expect("a temporary directory");
            let mut command = command(program);
            command.args(arguments).env("HOME", home.path()).env("CLOUDDATA_LOG_FORMAT", logs);
            let status = command.stdout(Stdio::null()).stderr(full()).status().expect("it starts");
            assert_eq!(status.code(), Some(code), "{program} {arguments:?}");
        }
    }
}

#[test]
fn an_empty_setting_is_as_not_set() {
    for program in ["clouddata-gateway", "clouddata-server"] {
        let home = TempDir::new().expect("a temporary directory");
        let check = |variables: &[String]| {
            let mut command = command(program);
            command.args(["config", "--check"]).env("HOME", home.path());
            // What the library of the command line takes from the environment, and what is read
            // elsewhere.
            command.envs(variables.iter().map(|name| (name, "")));
            let output = command.output().expect("it starts");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{program}: {said}");
            (String::from_utf8_lossy(&output.stdout).into_owned(), said)
        };
        let help = run(program, &["--help"], Stdio::piped()).stdout;
        let mut names = variables(&String::from_utf8_lossy(&help));
        assert!(names.len() > 8, "{program}: {names:?}");
        names.extend(
            ["CLOUDDATA_TOKEN", "CLOUDDATA_INFLUX_PASSWORD", "CLOUDDATA_INFLUX_TOKEN"]
                .map(str::to_owned),
        );
        names.extend(
            ["CREDENTIALS_DIRECTORY", "STATE_DIRECTORY", "XDG_STATE_HOME", "RUST_LOG"]
                .map(str::to_owned),
        );
        assert_eq!(check(&names), check(&[]), "{program}");
    }
}

#[test]
fn an_empty_setting_is_as_not_set_where_nothing_can_be_checked() {
    let folder = TempDir::new().expect("a temporary directory");
    let help = run("clouddata", &["--help"], Stdio::piped()).stdout;
    let names = variables(&String::from_utf8_lossy(&help));
    assert!(names.len() >= 5, "{names:?}");
    // It gets as far as it would: the address is no one's to listen on.
    let mut clouddata = command("clouddata");
    clouddata.args(["--listen", "192.0.2.1:1", "--simulate"]).env("HOME", folder.path());
    clouddata.envs(names.iter().map(|name| (name, "")));
    let output = clouddata.output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(69), "{said}");
    assert!(said.contains("cannot listen on 192.0.2.1:1"), "{said}");

    let mut simulator = command("clouddata-simulator");
    simulator.args(["--duration", "10ms"]).env("CLOUDDATA_LOG_FORMAT", "").env("RUST_LOG", "");
    assert!(simulator.output().expect("it starts").status.success());
}

/// The variables that a help text names.
fn variables(help: &str) -> Vec<String> {
    let names = help.split("[env: ").skip(1);
    names.filter_map(|rest| rest.split(['=', ']']).next()).map(str::to_owned).collect()
}

#[test]
fn without_a_folder_for_the_state_each_says_how_to_name_one() {
    for (program, arguments, option) in [
        ("clouddata-gateway", &["--port", "/dev/absent"][..], "--state-dir"),
        ("clouddata-server", &["--listen", "127.0.0.1:0"], "--data-dir"),
        ("clouddata", &["--simulate", "--listen", "127.0.0.1:0"], "--data-dir"),
    ] {
        let output = command(program).args(arguments).output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{program}: {said}");
        assert!(said.contains("HOME") && said.contains(option), "{program}: {said}");
    }
}

#[test]
fn manual_pages_and_completions_name_every_option() {
    for (program, own) in [
        ("clouddata-gateway", &["\\-\\-state\\-dir", ".SS \"spool export\""][..]),
        ("clouddata-server", &["\\-\\-retention", ".SS \"import\"", "\\-\\-precision"]),
        ("clouddata-simulator", &["\\-\\-replug\\-every", ".SS \"man\""]),
        ("clouddata", &["\\-\\-simulate", ".SS \"health\""]),
    ] {
        let page = run(program, &["man"], Stdio::piped()).stdout;
        let page = String::from_utf8_lossy(&page);
        let title = format!(".TH {program} 1");
        for text in own.iter().chain(&[title.as_str(), ".SH \"EXIT STATUS\"", ".TP\n74\n"]) {
            assert!(page.contains(text), "{program} lacks {text}: {page}");
        }
        for shell in ["bash", "zsh", "fish"] {
            let script = run(program, &["completions", shell], Stdio::piped()).stdout;
            let script = String::from_utf8_lossy(&script);
            assert!(script.contains(program) && script.contains("log-format"), "{shell}: {script}");
        }
    }
}
