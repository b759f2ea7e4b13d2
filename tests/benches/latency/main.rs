//! What the way to the server does to readings: octets written, syncs, and how long it takes from
//! the last octet of a notification's frame until the server has the reading, for round trips and
//! rates.
//!
//! `cargo bench -p e2e --bench latency` prints them, in some five minutes. It runs the release
//! binary over a real pty against the simulated manager, and posts over a delaying way to a server
//! that does nothing but take what it gets.

mod manager;
mod syncs;

use core::time::Duration;
use std::collections::BTreeMap;
use std::thread;
use std::time::Instant;

use e2e::{Bench, Delay, PATIENCE, Program, ScriptedServer, written_octets};
use manager::Manager;
use readings::Mac;
use syncs::Syncs;

const ROUND_TRIPS_MS: [u64; 4] = [1, 60, 120, 300];

/// Readings a second: as many motes that report once a second.
const RATES: [u16; 4] = [1, 3, 10, 40];

/// Until all motes have joined and the way is known.
const BEFORE: Duration = Duration::from_secs(8);

const MEASURED: Duration = Duration::from_secs(10);

fn main() {
    // Builds the programs, so that nothing is measured while that goes on.
    Program::start("clouddata-gateway", ["--version"]).wait();
    println!("| round trip | readings/s | stored | octets written | syncs | p50 | p99 |");
    println!("|---|---|---|---|---|---|---|");
    for round_trip in ROUND_TRIPS_MS {
        for rate in RATES {
            measure(Duration::from_millis(round_trip), rate);
        }
    }
}

fn measure(round_trip: Duration, rate: u16) {
    let (bench, syncs, server) = (Bench::new(), Syncs::new(), ScriptedServer::start([]));
    let way = Delay::new(server.url(), round_trip);
    let (mut manager, port) = Manager::new(rate);
    let state_dir = bench.path("gateway");
    let state_dir = state_dir.to_string_lossy();
    let arguments = ["--port", &port, "--server", way.url(), "--state-dir", &state_dir];
    let gateway = Program::start_with(&syncs.environment(), "clouddata-gateway", arguments);
    gateway.wait_for("the port is open");
    manager.play(BEFORE);
    let (octets, synced) = (written_octets(gateway.id()), syncs.count());
    let from: BTreeMap<Mac, usize> =
        manager.written.iter().map(|(mac, written)| (*mac, written.len())).collect();
    manager.play(MEASURED);
    let (octets, synced) = (written_octets(gateway.id()) - octets, syncs.count() - synced);
    // The last readings are on their way.
    let sent: usize = manager.written.values().map(Vec::len).sum();
    let deadline = Instant::now() + PATIENCE;
    while server.stored().len() < sent {
        assert!(Instant::now() < deadline, "of {sent}:\n{}", gateway.heard());
        manager.play(Duration::from_millis(50));
        thread::sleep(Duration::from_millis(10));
    }
    let mut took = latencies(&manager, &from, &server);
    took.sort();
    let share = |percent: usize| took[(took.len() - 1) * percent / 100];
    println!(
        "| {} ms | {rate} | {} | {octets} | {synced} | {:.1?} | {:.1?} |",
        round_trip.as_millis(),
        took.len(),
        share(50),
        share(99),
    );
}

/// From the last octet of each notification, but for those that came before, until it was stored.
fn latencies(
    manager: &Manager,
    from: &BTreeMap<Mac, usize>,
    server: &ScriptedServer,
) -> Vec<Duration> {
    let mut stored: BTreeMap<Mac, BTreeMap<_, Instant>> = BTreeMap::new();
    for (reading, at) in server.stored_when() {
        // What was stored twice is stored when it was first.
        stored.entry(reading.mac).or_default().entry(reading.timestamp).or_insert(at);
    }
    let mut took = Vec::new();
    for (mac, written) in &manager.written {
        let stored = stored.get(mac).into_iter().flat_map(BTreeMap::values);
        let pairs = written.iter().zip(stored).skip(from.get(mac).copied().unwrap_or_default());
        took.extend(pairs.map(|(written, stored)| stored.saturating_duration_since(*written)));
    }
    took
}
