//! What a gateway costs: time to the first reading, processor time a reading, memory, latency.
//!
//! `cargo bench -p e2e --bench cost` prints the table. It runs the release binary over a real pty
//! against the simulated manager, and posts to a server that does nothing but take what it gets.

use core::time::Duration;
use std::io::{Read, Write};
use std::thread;
use std::time::Instant;

use clouddata_simulator::{Settings, SimulatedManager};
use e2e::{Bench, PATIENCE, Program, ScriptedServer, cpu_nanos, resident_kib};
use serialport::{SerialPort, TTYPort};

const SUBSCRIBED: &str = "the manager sends its motes' readings";

/// Posts of which the latency is measured.
const POSTS: usize = 2000;

fn main() {
    // Builds the programs, so that nothing is measured while that goes on.
    Program::start("clouddata-gateway", ["--version"]).wait();
    first_reading();
    println!("readings/s wanted | taken | CPU ms a reading | resident KiB");
    for (motes, period, seconds) in
        [(2, "1s", 20), (4, "200ms", 10), (20, "100ms", 10), (20, "10ms", 10), (50, "10ms", 10)]
    {
        rate(motes, period, seconds);
    }
    latency();
}

fn wait_for_stored(server: &ScriptedServer, count: usize) {
    let deadline = Instant::now() + PATIENCE;
    while server.stored().len() < count {
        assert!(Instant::now() < deadline, "only {} are stored", server.stored().len());
        thread::sleep(Duration::from_millis(1));
    }
}

fn first_reading() {
    let bench = Bench::new();
    let server = ScriptedServer::start([]);
    let (_simulator, pty) = bench.simulator(&["--motes", "10", "--period", "50ms"]);
    let start = Instant::now();
    let _gateway = bench.gateway(&pty, server.url());
    wait_for_stored(&server, 1);
    println!("start to first reading posted: {} ms", start.elapsed().as_millis());
}

fn rate(motes: u32, period: &str, seconds: u32) {
    let bench = Bench::new();
    let server = ScriptedServer::start([]);
    let motes_text = motes.to_string();
    let options = ["--motes", &motes_text, "--period", period, "--queue", "100000"];
    let (_simulator, pty) = bench.simulator(&options);
    let gateway = bench.gateway(&pty, server.url());
    gateway.wait_for(SUBSCRIBED);
    wait_for_stored(&server, 1);
    let (stored, used) = (server.stored().len(), cpu_nanos(gateway.id()));
    thread::sleep(Duration::from_secs(seconds.into()));
    let stored = server.stored().len() - stored;
    let used = Duration::from_nanos(cpu_nanos(gateway.id()) - used);
    let every = humantime::parse_duration(period).expect("a period");
    let taken = u32::try_from(stored).expect("few enough");
    println!(
        "{:17.0} | {:5.0} | {:16.4} | {:12}",
        f64::from(motes) / every.as_secs_f64(),
        f64::from(taken) / f64::from(seconds),
        used.as_secs_f64() * 1000.0 / f64::from(taken),
        resident_kib(gateway.id())
    );
}

/// From the last octet of a notification's frame to the first line of its request.
fn latency() {
    let bench = Bench::new();
    let server = ScriptedServer::start([]);
    let (mut master, slave) = TTYPort::pair().expect("the system has ptys");
    let name = slave.name().expect("a pty has a name");
    drop(slave);
    let gateway = bench.gateway(&name, server.url());
    // Before that, nobody is there to write to.
    gateway.wait_for("the port is open");
    master.set_timeout(Duration::from_millis(1)).expect("a pty has a time-out");
    let period = Duration::from_millis(20);
    let settings = Settings { motes: 1, period, ..Settings::default() };
    let mut manager = SimulatedManager::new(settings).expect("settings that can be");
    let begun = Instant::now();
    let mut written = Vec::new();
    let mut chunk = [0; 4096];
    while server.requests() < POSTS {
        assert!(begun.elapsed() < 2 * PATIENCE, "{}", gateway.heard());
        // No time-out is an error: the manager says nothing.
        if let Ok(read) = master.read(&mut chunk) {
            manager.handle_bytes(begun.elapsed(), &chunk[..read]);
        }
        manager.handle_timeout(begun.elapsed());
        while let Some(octets) = manager.poll_transmit() {
            master.write_all(&octets).expect("the gateway reads");
            // Control 2, packet type 0x14: a reliable notification.
            if octets.starts_with(&[0x7e, 0x02, 0x14]) {
                written.push(Instant::now());
            }
        }
    }
    let mut latencies: Vec<Duration> = written
        .iter()
        .zip(server.arrivals())
        .map(|(written, arrival)| arrival.saturating_duration_since(*written))
        .collect();
    latencies.sort();
    let at = |share: usize| latencies[latencies.len() * share / 100].as_micros();
    println!("last octet to request, µs: p50 {} | p99 {}", at(50), at(99));
}
