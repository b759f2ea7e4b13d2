//! What goes wrong in a cupboard, over real processes and a real pty: whatever it is, what the
//! gateway has acknowledged is stored by the server, nothing else is, and nothing twice.
//!
//! `cargo test` runs the short forms; `tests/soak.sh` runs them for as long as the faults last in
//! the field.

mod backlog;
mod disk;
mod killed;
mod line;
mod manager;
mod name;
mod remote;
mod server;
mod spool;
mod state_folder;

use core::time::Duration;
use std::thread;
use std::time::Instant;

use e2e::{Bench, PATIENCE, Program, Reckoning, readings};

const SUBSCRIBED: &str = "the manager sends its motes' readings";

/// Stops the gateway and then its manager, and reckons when the server has all that was spooled.
fn end(bench: &Bench, mut gateway: Program, mut simulator: Program, server: &str) -> Reckoning {
    gateway.terminate();
    simulator.terminate();
    bench.settle(server);
    bench.reckon(&readings(server))
}

/// How many readings the gateway has acknowledged so far.
fn acknowledged(bench: &Bench) -> usize {
    bench.acknowledged().len()
}

/// Waits until so many more are acknowledged.
fn wait_for_acknowledged(bench: &Bench, more: usize, gateway: &Program) {
    let enough = acknowledged(bench) + more;
    wait_until("acknowledgements", gateway, || acknowledged(bench) >= enough);
}

fn wait_until(what: &str, gateway: &Program, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "in vain for {what}:\n{}", gateway.heard());
        thread::sleep(Duration::from_millis(50));
    }
}
