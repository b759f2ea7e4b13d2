//! Simulator, gateway and server as real processes over a real pty: what the simulated manager was
//! told is safe must be in the server's store, once, at the right time.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::thread;

use e2e::{Program, Stored, cpu_ticks, readings, resident_kib};
use serde_json::Value;
use tempfile::TempDir;

/// A reading whose notification the gateway has acknowledged.
#[derive(Debug)]
struct Acknowledged {
    mac: String,
    temperature: f64,
    /// When the mote measured, on the host's clock, in µs.
    host_micros: i64,
}

fn server(directory: &Path) -> (Program, String) {
    let data_dir = directory.join("server");
    let arguments = ["--listen", "127.0.0.1:0", "--data-dir", &data_dir.to_string_lossy()];
    let server = Program::start("clouddata-server", arguments);
    let url = server.wait_for("serving url=\"");
    (server, url)
}

fn simulator(ledger: &Path, faults: &[&str]) -> (Program, String) {
    let ledger = ledger.to_string_lossy();
    let arguments = [&["--ledger", &ledger, "--seed", "7"], faults].concat();
    let simulator = Program::start("clouddata-simulator", arguments);
    let pty = format!("/dev/pts/{}", simulator.wait_for("/dev/pts/"));
    (simulator, pty)
}

fn gateway(directory: &Path, pty: &str, server: &str) -> Program {
    let state_dir = directory.join("gateway");
    let arguments =
        ["--port", pty, "--server", server, "--state-dir", &state_dir.to_string_lossy()];
    Program::start("clouddata-gateway", arguments)
}

fn acknowledged(ledger: &Path) -> Vec<Acknowledged> {
    let ledger = fs::read_to_string(ledger).expect("the simulator keeps a ledger");
    let lines = ledger.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("a JSON line");
        Acknowledged {
            mac: line["mac"].as_str().expect("a mac").to_owned(),
            temperature: line["temperature"].as_f64().expect("a temperature"),
            host_micros: line["host_micros"].as_i64().expect("a time"),
        }
    });
    lines.collect()
}

/// The stored readings of each mote by their time in µs; a time may occur once only.
fn by_mote(stored: &[Stored]) -> BTreeMap<&str, BTreeMap<i64, f64>> {
    let mut motes: BTreeMap<&str, BTreeMap<i64, f64>> = BTreeMap::new();
    for reading in stored {
        let timestamp: jiff::Timestamp = reading.timestamp.parse().expect("RFC 3339");
        let times = motes.entry(&reading.mac).or_default();
        let repeated = times.insert(timestamp.as_microsecond(), reading.temperature);
        assert_eq!(repeated, None, "{reading:?} is stored twice");
    }
    motes
}

/// Asserts that every acknowledged reading is stored once, within a second of its time.
fn assert_nothing_lost(acknowledged: &[Acknowledged], stored: &[Stored], period_micros: i64) {
    let motes = by_mote(stored);
    let mut matched = BTreeSet::new();
    for reading in acknowledged {
        let times = motes.get(reading.mac.as_str());
        let times = times.unwrap_or_else(|| panic!("nothing is stored of {}", reading.mac));
        let around = reading.host_micros - 1_000_000..=reading.host_micros + 1_000_000;
        let found = times.range(around).find(|&(&time, &temperature)| {
            temperature == reading.temperature && !matched.contains(&(&reading.mac, time))
        });
        let Some((&time, _)) = found else { panic!("{reading:?} is not stored") };
        matched.insert((&reading.mac, time));
    }
    for (mac, times) in motes {
        let times: Vec<i64> = times.into_keys().collect();
        for pair in times.windows(2) {
            assert!(pair[1] - pair[0] > period_micros / 2, "{mac} is stored twice at {pair:?}");
        }
    }
}

#[test]
fn a_minute_over_a_bad_line_loses_nothing_and_stores_nothing_twice() {
    let directory = TempDir::new().expect("a temporary directory");
    let ledger = directory.path().join("ledger");
    let (mut server, url) = server(directory.path());
    let faults = ["--motes", "8", "--period", "500ms", "--loss", "0.02", "--corrupt", "0.02"];
    let (mut simulator, pty) = simulator(&ledger, &faults);
    let mut gateway = gateway(directory.path(), &pty, &url);

    thread::sleep(Duration::from_secs(20));
    let before = [gateway.id(), server.id()].map(resident_kib);
    thread::sleep(Duration::from_secs(40));
    let after = [gateway.id(), server.id()].map(resident_kib);

    gateway.terminate();
    simulator.terminate();
    let acknowledged = acknowledged(&ledger);
    let stored = readings(&url);
    server.terminate();

    println!("{} acknowledged, {} stored", acknowledged.len(), stored.len());
    println!("resident KiB of gateway and server at 20 s {before:?}, at 60 s {after:?}");
    assert!(acknowledged.len() > 100, "the line is bad, but not dead:\n{}", gateway.heard());
    assert_nothing_lost(&acknowledged, &stored, 500_000);
    for (before, after) in before.into_iter().zip(after) {
        assert!(after < before + 4096, "memory grows from {before} to {after} KiB");
    }
}

#[test]
fn what_the_server_misses_while_it_is_away_it_gets_when_it_is_back() {
    let directory = TempDir::new().expect("a temporary directory");
    let ledger = directory.path().join("ledger");
    let (mut first, url) = server(directory.path());
    let (mut simulator, pty) = simulator(&ledger, &["--motes", "3", "--period", "300ms"]);
    let mut gateway = gateway(directory.path(), &pty, &url);
    gateway.wait_for("the manager sends its motes' readings");

    first.terminate();
    gateway.wait_for("readings are kept in the spool");
    thread::sleep(Duration::from_secs(5));
    let listen = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let data_dir = directory.path().join("server");
    let arguments = ["--listen", &listen, "--data-dir", &data_dir.to_string_lossy()];
    let mut second = Program::start("clouddata-server", arguments);
    gateway.wait_for("the spool is empty");

    gateway.terminate();
    simulator.terminate();
    let acknowledged = acknowledged(&ledger);
    assert_nothing_lost(&acknowledged, &readings(&url), 300_000);
    second.terminate();
}

#[test]
fn a_gateway_that_is_killed_and_started_again_loses_and_repeats_nothing() {
    let directory = TempDir::new().expect("a temporary directory");
    let ledger = directory.path().join("ledger");
    let (mut server, url) = server(directory.path());
    let (mut simulator, pty) = simulator(&ledger, &["--motes", "5", "--period", "200ms"]);
    for _ in 0..5 {
        let mut killed = gateway(directory.path(), &pty, &url);
        killed.wait_for("the manager sends its motes' readings");
        thread::sleep(Duration::from_millis(1500));
        killed.signal("KILL");
        killed.wait();
    }
    let mut last = gateway(directory.path(), &pty, &url);
    last.wait_for("the manager sends its motes' readings");
    thread::sleep(Duration::from_secs(1));
    last.terminate();
    simulator.terminate();
    let acknowledged = acknowledged(&ledger);
    assert!(acknowledged.len() > 50);
    assert_nothing_lost(&acknowledged, &readings(&url), 200_000);
    server.terminate();
}

#[test]
fn an_idle_gateway_is_idle() {
    let directory = TempDir::new().expect("a temporary directory");
    let ledger = directory.path().join("ledger");
    let (_simulator, pty) = simulator(&ledger, &["--motes", "1", "--period", "1h"]);
    let mut gateway = gateway(directory.path(), &pty, "http://127.0.0.1:9");
    gateway.wait_for("the manager sends its motes' readings");
    let before = cpu_ticks(gateway.id());
    thread::sleep(Duration::from_secs(10));
    let used = cpu_ticks(gateway.id()) - before;
    println!("an idle gateway uses {used} ms a second of one core");
    assert!(used < 50, "{used} ticks in 10 s are more than 5 % of a core");
    gateway.terminate();
}
