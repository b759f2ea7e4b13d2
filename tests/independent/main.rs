//! A day's frames, as clouddata's cores read them and as `parser.py` does, which was written from
//! the vendor's tables alone: number by number.

mod ours;

use core::time::Duration;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::Path;
use std::process::Command;

use clouddata_simulator::{Firmware, RecordedFrame, Recording, Settings};
use serde_json::Value;

const PARSER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/independent/parser.py");

const HOUR: Duration = Duration::from_secs(3600);

/// Whether somebody else can be asked.
fn has_python() -> bool {
    match Command::new("python3").arg("--version").output() {
        Ok(output) => output.status.success(),
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => panic!("python3 cannot be started: {error}"),
    }
}

/// What the other parser says of these frames, a line each.
fn theirs(frames: &[RecordedFrame], directory: &Path) -> Vec<Value> {
    let path = directory.join("frames.txt");
    let mut file = BufWriter::new(File::create(&path).unwrap());
    for frame in frames {
        writeln!(file, "{frame}").unwrap();
    }
    file.into_inner().unwrap().sync_all().unwrap();
    let output =
        Command::new("python3").arg(PARSER).stdin(File::open(&path).unwrap()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("digits and names");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn compare(settings: Settings, length: Duration) -> Option<BTreeSet<String>> {
    if !has_python() {
        eprintln!("skipped: there is no python3 to run {PARSER}; install python3-minimal");
        return None;
    }
    let recording = Recording::new(settings, 2 * HOUR).expect("they are possible");
    let frames: Vec<_> = recording.take_while(|frame| frame.at <= length).collect();
    let directory = tempfile::tempdir().unwrap();
    let theirs = theirs(&frames, directory.path());
    assert_eq!(theirs.len(), frames.len());
    let mut kinds = BTreeSet::new();
    for (frame, theirs) in frames.iter().zip(theirs) {
        let ours = ours::decoded(frame);
        assert_eq!(ours, theirs, "{frame}");
        kinds.extend(kinds_of(&ours));
    }
    fs::remove_dir_all(directory.path()).unwrap();
    Some(kinds)
}

/// What kinds of message it has, so that none is missing unnoticed.
fn kinds_of(frame: &Value) -> Vec<String> {
    let mut kinds = vec![format!("type {}", frame["type"])];
    for name in ["notification", "eventType"] {
        if let Some(number) = frame.get(name) {
            kinds.push(format!("{name} {number}"));
        }
    }
    for block in frame["blocks"].as_array().into_iter().flatten() {
        kinds.push(format!("block {}", block["id"]));
    }
    if let Some(kind) = frame["oap"].get("type") {
        kinds.push(format!("oap {kind}"));
    }
    kinds
}

#[test]
fn of_a_day_both_read_the_same() {
    let settings = Settings {
        motes: 20,
        period: Duration::from_secs(300),
        seed: 5,
        analog: true,
        ..Settings::default()
    };
    let Some(kinds) = compare(settings, 24 * HOUR) else { return };
    let expected = ["type 22", "type 49", "type 62", "type 64", "type 70", "oap 0", "oap 1"]
        .into_iter()
        .chain(["notification 1", "notification 2", "notification 4", "notification 6"])
        .chain(["block 128", "block 129", "block 130", "block 145"])
        .chain(["eventType 4", "eventType 5", "eventType 7", "eventType 10", "eventType 11"])
        .chain(["eventType 12", "eventType 13"]);
    for kind in expected {
        assert!(kinds.contains(kind), "{kind} is missing in {kinds:?}");
    }
}

#[test]
fn of_an_old_manager_both_read_the_same() {
    let settings = Settings {
        motes: 4,
        period: Duration::from_secs(30),
        firmware: Firmware::Old,
        ..Settings::default()
    };
    if let Some(kinds) = compare(settings, 3 * HOUR) {
        assert!(kinds.contains("block 128") && kinds.contains("type 64"), "{kinds:?}");
    }
}
