use core::time::Duration;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;

use crate::fixture::{HOUR, MAC, ago, client, object};
use crate::program::Program;

fn post(program: &Program, temperature: f64) -> u16 {
    let request = client().post(program.url("/oap")).content_type("application/json");
    request
        .send(object(MAC, temperature, &ago(HOUR.mul_f64(temperature / 100.0))))
        .unwrap()
        .status()
        .as_u16()
}

fn health(program: &Program) -> (u16, Value) {
    let answer = client().get(program.url("/health")).call().unwrap();
    (answer.status().as_u16(), answer.into_body().read_json().unwrap())
}

/// What is there once the server has been started again.
fn stored_in(folder: &Path) -> Vec<f64> {
    let program = Program::start(folder, &[]);
    let answer = client().get(program.url("/api/v1/readings")).call().unwrap();
    let readings: Vec<Value> = answer.into_body().read_json().unwrap();
    readings.iter().rev().map(|reading| reading["temperature"].as_f64().unwrap()).collect()
}

fn remove(folder: &TempDir, names: &[&str]) {
    for name in names {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
}

#[test]
fn a_database_that_is_deleted_under_the_server_is_made_anew_and_nothing_is_lost_into_the_old_one() {
    for gone in [
        &["readings.db"][..],
        &["readings.db", "readings.db-wal"],
        &["readings.db", "readings.db-wal", "readings.db-shm"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let program = Program::start(folder.path(), &[]);
        assert_eq!(post(&program, 10.0), 204);
        assert_eq!(health(&program), (200, serde_json::json!({ "status": "ok" })));
        remove(&folder, gone);
        assert_eq!(post(&program, 20.0), 204);
        let (status, body) = health(&program);
        assert_eq!(status, 200);
        assert!(body["notices"][0].as_str().unwrap().contains("deleted"), "{body}");
        let said = program.stop();
        assert!(said.contains("readings.db was deleted or replaced"), "{said}");
        assert_eq!(stored_in(folder.path()), [20.0], "{gone:?}");
    }
}

#[test]
fn a_journal_that_is_deleted_under_the_server_takes_nothing_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &[]);
    assert_eq!(post(&program, 10.0), 204);
    remove(&folder, &["readings.db-wal"]);
    assert_eq!(post(&program, 20.0), 204);
    program.stop();
    assert_eq!(stored_in(folder.path()), [10.0, 20.0]);
}

/// Cuts a file to this part of its length, as `>` and `truncate` do.
fn cut(folder: &TempDir, name: &str, part: f64) {
    let file = fs::OpenOptions::new().write(true).open(folder.path().join(name)).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len((length as f64 * part) as u64 / 512 * 512).unwrap();
}

#[test]
fn a_file_that_is_cut_short_is_noticed_and_what_comes_after_is_kept() {
    for (name, part) in [
        ("readings.db", 0.0),
        ("readings.db-wal", 0.0),
        ("readings.db-wal", 0.5),
        ("readings.db-wal", 0.9),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let program = Program::start(folder.path(), &[]);
        for number in 1..=10 {
            assert_eq!(post(&program, f64::from(number)), 204);
        }
        cut(&folder, name, part);
        assert_eq!(post(&program, 20.0), 204, "{name} {part}");
        let (status, body) = health(&program);
        assert_eq!(status, 200);
        assert!(body["notices"][0].as_str().unwrap().contains("cut short"), "{body}");
        assert_eq!(post(&program, 30.0), 204, "{name} {part}");
        let said = program.stop();
        assert!(said.contains(&format!("{name} was cut short")), "{said}");
        let stored = stored_in(folder.path());
        assert!(stored.ends_with(&[20.0, 30.0]), "{name} {part}: {stored:?}");
        println!("{name} cut to {part}: {} of 10 left", stored.len() - 2);
    }
}

#[test]
fn a_database_that_is_cut_short_while_nothing_is_written_is_noticed_too() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &[]);
    assert_eq!(post(&program, 10.0), 204);
    cut(&folder, "readings.db", 0.0);
    let noticed = || health(&program).1["notices"].is_array();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !noticed() {
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(50));
    }
    program.stop();
}

#[test]
fn another_database_in_the_place_of_the_first_is_used_from_then_on() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let program = Program::start(other.path(), &[]);
    assert_eq!(post(&program, 30.0), 204);
    program.stop();
    let program = Program::start(folder.path(), &[]);
    assert_eq!(post(&program, 10.0), 204);
    let database = |folder: &TempDir| folder.path().join("readings.db");
    // In one step: in between, the server would make a new one.
    fs::hard_link(database(&folder), folder.path().join("old.db")).unwrap();
    fs::rename(database(&other), database(&folder)).unwrap();
    assert_eq!(post(&program, 20.0), 204);
    program.stop();
    assert_eq!(stored_in(folder.path()), [20.0, 30.0]);
    // What was in the journal went with the file that it belongs to.
    fs::rename(folder.path().join("old.db"), database(&folder)).unwrap();
    assert_eq!(stored_in(folder.path()), [10.0]);
}

#[test]
fn when_the_server_has_stopped_all_is_in_the_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &[]);
    assert_eq!(post(&program, 10.0), 204);
    // Somebody has read.
    assert_eq!(client().get(program.url("/api/v1/readings")).call().unwrap().status(), 200);
    program.stop();
    assert!(!folder.path().join("readings.db-wal").exists());
    let other = tempfile::tempdir().unwrap();
    fs::copy(folder.path().join("readings.db"), other.path().join("readings.db")).unwrap();
    assert_eq!(stored_in(other.path()), [10.0]);
}

#[test]
fn what_is_known_of_the_motes_is_kept_anew_when_its_file_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.db");
    let program = Program::start(folder.path(), &[]);
    fs::remove_file(&state).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !state.exists() {
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(50));
    }
    let said = program.stop();
    assert!(said.contains("state.db was deleted or replaced"), "{said}");
}

#[test]
fn without_its_folder_nothing_is_stored_until_it_is_back() {
    let parent = tempfile::tempdir().unwrap();
    let (folder, aside) = (parent.path().join("data"), parent.path().join("aside"));
    let program = Program::start(&folder, &[]);
    assert_eq!(post(&program, 10.0), 204);
    fs::rename(&folder, &aside).unwrap();
    assert_eq!(post(&program, 20.0), 503);
    let (status, body) = health(&program);
    assert_eq!((status, &body["status"]), (503, &"unhealthy".into()));
    assert!(body["notices"][0].as_str().unwrap().contains("deleted"), "{body}");
    fs::rename(&aside, &folder).unwrap();
    assert_eq!(post(&program, 30.0), 204);
    program.stop();
    assert_eq!(stored_in(&folder), [10.0, 30.0]);
}

#[test]
fn a_second_server_on_the_same_folder_is_refused_and_tools_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &[]);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_clouddata-server"));
        command.arg("--data-dir").arg(folder.path()).args(arguments).output().unwrap()
    };
    let second = run(&["--listen", "127.0.0.1:0"]);
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(75), "{said}");
    assert!(said.contains(&format!("process {}", program.id())), "{said}");
    assert_eq!(post(&program, 10.0), 204);
    assert_eq!(run(&["export"]).stdout.iter().filter(|&&octet| octet == b'\n').count(), 2);
    let copy = folder.path().join("copy.db");
    assert!(run(&["backup", copy.to_str().unwrap()]).status.success());
}
