//! What a gateway costs: size, time to the first reading, idle and working processor time, memory,
//! latency; each beside the most that it may be, and the work beside what the system's calls alone
//! cost.
//!
//! `cargo bench -p e2e --bench cost` prints them, in some six minutes. It runs the release binary
//! over a real pty against the simulated manager, and posts to a server that does nothing but take
//! what it gets. The figures are this machine's, and good only while it does nothing else.

mod bare_loop;

use core::time::Duration;
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::process::Command;
use std::thread;
use std::time::Instant;

use clouddata_simulator::{Settings, SimulatedManager};
use e2e::{Bench, PATIENCE, Program, ScriptedServer, cpu_nanos, resident_kib};
use readings::Reading;
use serialport::{SerialPort, TTYPort};

/// Posts of which the latency is measured.
const POSTS: usize = 2000;

/// A manager reports one reading a notification by default. Several are what makes a batch: it
/// sends the next notification only when the last is acknowledged.
const LOADS: [Load; 7] = [
    Load { motes: 2, period_ms: 1000, samples: 1, ms_limit: None },
    Load { motes: 20, period_ms: 1000, samples: 1, ms_limit: Some(0.1) },
    Load { motes: 20, period_ms: 100, samples: 1, ms_limit: Some(0.03) },
    Load { motes: 20, period_ms: 100, samples: 10, ms_limit: Some(0.03) },
    Load { motes: 20, period_ms: 10, samples: 1, ms_limit: Some(0.03) },
    Load { motes: 20, period_ms: 10, samples: 10, ms_limit: Some(0.03) },
    Load { motes: 50, period_ms: 10, samples: 1, ms_limit: Some(0.03) },
];

/// How long each load is measured.
const MEASURED: Duration = Duration::from_secs(8);

fn main() {
    // Builds the programs, so that nothing is measured while that goes on.
    Program::start("clouddata-gateway", ["--version"]).wait();
    println!("{:60} | {:>10} | {:>10} |", "", "found", "may be");
    latency();
    first_reading();
    size_and_idle();
    LOADS.iter().for_each(Load::measure);
}

/// A line of the table.
fn row(what: &str, found: f64, limit: Option<f64>) {
    let figure = |value: f64| match value.fract() {
        0.0 => format!("{value:.0}"),
        _ => format!("{value:.4}"),
    };
    let verdict = limit.map_or("", |limit| if found <= limit { "pass" } else { "MISS" });
    let limit = limit.map_or_else(String::new, figure);
    println!("{what:60} | {:>10} | {limit:>10} | {verdict}", figure(found));
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
const fn exact(count: u64) -> f64 {
    count as f64
}

fn wait_for_stored(
    server: &ScriptedServer,
    between_looks: Duration,
    enough: impl Fn(&[Reading]) -> bool,
) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let stored = server.stored();
        if enough(&stored) {
            return;
        }
        assert!(Instant::now() < deadline, "only {} are stored", stored.len());
        thread::sleep(between_looks);
    }
}

fn first_reading() {
    let bench = Bench::new();
    let server = ScriptedServer::start([]);
    let (_simulator, pty) = bench.simulator(&["--motes", "10", "--period", "50ms"]);
    let start = Instant::now();
    let _gateway = bench.gateway(&pty, server.url());
    wait_for_stored(&server, Duration::from_millis(1), |stored| !stored.is_empty());
    row("start to first reading posted, ms", start.elapsed().as_secs_f64() * 1000.0, None);
}

fn size_and_idle() {
    let bench = Bench::new();
    let server = ScriptedServer::start([]);
    let (_simulator, pty) = bench.simulator(&["--motes", "1", "--period", "1h"]);
    let gateway = bench.gateway(&pty, server.url());
    gateway.wait_for("the manager sends its motes' readings");
    size(&bench, gateway.id());
    let (before, start) = (cpu_nanos(gateway.id()), Instant::now());
    thread::sleep(Duration::from_secs(10));
    let used = Duration::from_nanos(cpu_nanos(gateway.id()) - before);
    let share = used.as_secs_f64() / start.elapsed().as_secs_f64();
    row("idle, % of one processor", share * 100.0, Some(0.2));
}

fn size(bench: &Bench, id: u32) {
    let stripped = bench.path("stripped");
    let mut strip = Command::new("strip");
    let strip = strip.arg("-o").arg(&stripped).arg(format!("/proc/{id}/exe")).status();
    assert!(strip.expect("strip is there, of binutils").success());
    let size = fs::metadata(&stripped).expect("it has been written").len();
    row("binary, stripped, octets", exact(size), Some(6.0 * 1024.0 * 1024.0));
}

struct Load {
    motes: u32,
    period_ms: u32,
    /// In one notification.
    samples: u32,
    /// Of processor time a reading.
    ms_limit: Option<f64>,
}

impl Load {
    fn measure(&self) {
        let Self { motes, period_ms, samples, ms_limit } = self;
        let bench = Bench::new();
        let server = ScriptedServer::start([]);
        let period = format!("{period_ms}ms");
        let [motes, samples] = [motes, samples].map(u32::to_string);
        let options = ["--motes", &motes, "--period", &period, "--samples", &samples];
        let (mut simulator, pty) = bench.simulator(&options);
        let gateway = bench.gateway(&pty, server.url());
        // Motes join one after another, and the rate is whole only when the last has.
        wait_for_stored(&server, Duration::from_millis(100), |stored| {
            let heard: BTreeSet<_> = stored.iter().map(|reading| reading.mac).collect();
            heard.len() >= self.motes as usize
        });
        let (stored, used) = (server.stored().len(), cpu_nanos(gateway.id()));
        let start = Instant::now();
        thread::sleep(MEASURED);
        let stored = exact((server.stored().len() - stored) as u64);
        let used = Duration::from_nanos(cpu_nanos(gateway.id()) - used);
        let taken = stored / start.elapsed().as_secs_f64();
        let resident = resident_kib(gateway.id());
        simulator.terminate();
        let lost = bench.report()["notifications"]["overflowed"].as_u64();
        let rate = 1000.0 * f64::from(self.motes) / f64::from(self.period_ms);
        let what = |figure: &str| format!("{rate:.0} readings/s by {samples}: {figure}");
        row(&what("taken a second"), taken.round(), None);
        row(&what("notifications lost"), exact(lost.expect("it counts")), Some(0.0));
        let ms = used.as_secs_f64() * 1000.0 / stored;
        row(&what("processor, ms a reading"), ms, *ms_limit);
        row(&what("resident, KiB"), exact(resident), Some(8.0 * 1024.0));
        if self.samples == 1 {
            drop((gateway, simulator));
            let interval = Duration::from_millis(self.period_ms.into()) / self.motes;
            let count = (MEASURED.as_secs_f64() * rate) as u32;
            let bare = bare_loop::cpu_a_notification(interval, count).as_secs_f64() * 1000.0;
            row(&what("bare loop's processor, ms a reading"), bare, None);
            row(&what("gateway / bare loop"), ms / bare, None);
        }
    }
}

/// Whether a frame is a reliable notification (control 2, packet type 0x14) of type 4, data: what else the
/// manager has to say is not posted with readings.
fn is_reading(frame: &[u8]) -> bool {
    match frame {
        // A sequence number that is an octet of HDLC's own is escaped.
        [0x7e, 0x02, 0x14, 0x7d, _, _, kind, ..] => *kind == 4,
        [0x7e, 0x02, 0x14, _, _, kind, ..] => *kind == 4,
        _ => false,
    }
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
    let period = Duration::from_millis(10);
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
            if is_reading(&octets) {
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
    let ms = |share: usize| latencies[latencies.len() * share / 100].as_secs_f64() * 1000.0;
    row("last octet to request, ms: median", ms(50), None);
    row("last octet to request, ms: 99 of 100", ms(99), Some(2.0));
}
