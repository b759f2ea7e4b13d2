//! What a walk through what the manager knows costs: octets on the line, seconds, and how long
//! notifications wait for their acknowledgement meanwhile, and when there is no walk.
//!
//! `cargo bench -p e2e --bench walk` prints it, in some two minutes. It runs the release binaries,
//! the real line of which the wiretap hears both ends, and a server that takes what it gets.

use core::time::Duration;
use std::thread;
use std::time::Instant;

use e2e::{Bench, Frame, PATIENCE, Program, ScriptedServer, Wiretap, cpu_nanos, resident_kib};

/// Each reports once in this time.
const PERIOD: &str = "2s";

/// How long it is listened after the walk.
const AFTER: Duration = Duration::from_secs(30);

/// The types of a notification, and of the questions of a walk.
const NOTIFICATION: u8 = 0x14;
const WALK: [u8; 5] = [0x2f, 0x3e, LINKS, 0x31, 0x40];
const LINKS: u8 = 0x46;

fn main() {
    // Builds the programs, so that nothing is measured while that goes on.
    Program::start("clouddata-gateway", ["--version"]).wait();
    println!(
        "| motes | questions | octets | of these links | seconds | acks in it | p50 | p99 | acks after | p50 | p99 | CPU | RSS |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for motes in ["10", "100"] {
        measure(motes);
    }
}

fn measure(motes: &str) {
    let (bench, server) = (Bench::new(), ScriptedServer::start([]).of_today());
    let options = ["--motes", motes, "--period", PERIOD, "--latency", "0s", "--path-lasts", "0s"];
    let (mut simulator, pty) = bench.simulator(&options);
    // All of them join before they are asked for.
    thread::sleep(Duration::from_secs(20));
    let wiretap = Wiretap::new(&pty);
    let mut gateway = bench.gateway(wiretap.port(), server.url());
    let used = cpu_nanos(gateway.id());
    let deadline = Instant::now() + 3 * PATIENCE;
    while !is_over(&wiretap.frames()) {
        assert!(Instant::now() < deadline, "the walk never ends:\n{}", gateway.heard());
        thread::sleep(Duration::from_millis(200));
    }
    let used = Duration::from_nanos(cpu_nanos(gateway.id()) - used);
    thread::sleep(AFTER);
    let resident = resident_kib(gateway.id());
    gateway.terminate();
    simulator.terminate();
    let frames = wiretap.frames();
    let walk: Vec<&Frame> = frames.iter().filter(|frame| is_of_walk(frame)).collect();
    // It ends with its last path; the next one begins with a look at the network.
    let paths = walk.iter().position(|frame| frame.payload[1] == 0x31).expect("a path");
    let after = walk.iter().skip(paths).position(|frame| frame.payload[1] == 0x40);
    let end = after.map_or(walk.len(), |after| paths + after) - 1;
    let (begun, ended) = (walk[0].at, walk[end].at);
    // Two flags, two octets of check, and an escape now and then.
    let octets = |of: &dyn Fn(u8) -> bool| {
        let frames = walk[..=end].iter().filter(|frame| of(frame.payload[1]));
        frames.map(|frame| frame.payload.len() + 4).sum::<usize>()
    };
    let is_links = |packet_type| packet_type == LINKS;
    let links = walk[..=end].iter().filter(|frame| is_links(frame.payload[1])).count().div_ceil(2);
    let (all, of_links) = (octets(&|_| true), octets(&is_links));
    let waits = waits(&frames);
    let (within, after): (Vec<_>, Vec<_>) =
        waits.into_iter().filter(|(at, _)| *at >= begun).partition(|(at, _)| *at <= ended);
    println!(
        "| {motes} | {} | {all} | {links} questions, {of_links} octets | {:.1} | {} | {} | {used:.1?} | {resident} KiB |",
        (end + 1).div_ceil(2),
        (ended - begun).as_secs_f64(),
        shares(within),
        shares(after),
    );
}

fn is_of_walk(frame: &Frame) -> bool {
    WALK.contains(&frame.payload[1])
}

/// Whether paths were asked for, and then nothing more for a while, or how the network is: that is
/// the next look.
fn is_over(frames: &[Frame]) -> bool {
    let mut walk = frames.iter().filter(|frame| is_of_walk(frame));
    let Some(path) = walk.find(|frame| frame.payload[1] == 0x31) else { return false };
    let last = walk.clone().next_back().unwrap_or(path);
    last.at.elapsed() > Duration::from_secs(1) || walk.any(|frame| frame.payload[1] == 0x40)
}

/// When each notification came, and how long it took until its acknowledgement.
fn waits(frames: &[Frame]) -> Vec<(Instant, Duration)> {
    let mut waits = Vec::new();
    let mut came = None;
    for frame in frames.iter().filter(|frame| frame.payload[1] == NOTIFICATION) {
        if frame.is_managers {
            came = Some(frame.at);
        } else if let Some(at) = came.take() {
            waits.push((at, frame.at - at));
        }
    }
    waits
}

fn shares(waits: Vec<(Instant, Duration)>) -> String {
    let mut took: Vec<Duration> = waits.into_iter().map(|(_, took)| took).collect();
    took.sort_unstable();
    let share = |percent: usize| took[(took.len() - 1) * percent / 100];
    format!("{} | {:.1?} | {:.1?}", took.len(), share(50), share(99))
}
