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

use ::readings::Record;
use e2e::{
    Bench, Notices, PATIENCE, Program, Reckoning, ScriptedServer, Stored, network, once, readings,
};

const SUBSCRIBED: &str = "the manager sends its motes' readings";

/// What has become of everything that a manager has said.
struct Ended {
    readings: Reckoning,
    others: Notices,
}

impl Ended {
    fn new(bench: &Bench, readings: &[Stored], others: &[Record]) -> Self {
        Self { readings: bench.reckon(readings), others: bench.reckon_notices(others) }
    }

    /// Reckons what a server has stored that takes part in the test.
    fn of_server(bench: &Bench, server: &str) -> Self {
        Self::new(bench, &readings(server), &network(server))
    }

    /// The same of a server that does as it is told.
    fn of_scripted(bench: &Bench, server: &ScriptedServer) -> Self {
        Self::new(bench, &once(&server.stored()), &server.network())
    }

    /// Asserts that what is stored is just what was acknowledged, each once.
    fn assert_exact(&self) {
        self.assert_exact_but(0);
    }

    /// The same, but of so many notifications the acknowledgement may not have reached the manager.
    fn assert_exact_but(&self, unacknowledged: usize) {
        self.readings.assert_exact_but(unacknowledged);
        self.others.assert_exact_but(unacknowledged);
        assert!(self.others.acknowledged() > 0, "nothing was said besides temperatures");
    }
}

/// Stops the gateway and then its manager, and reckons when the server has all that was spooled.
fn end(bench: &Bench, mut gateway: Program, mut simulator: Program, server: &str) -> Ended {
    gateway.terminate();
    simulator.terminate();
    bench.settle(server);
    Ended::of_server(bench, server)
}

/// How many readings the gateway has acknowledged so far.
fn acknowledged(bench: &Bench) -> usize {
    bench.acknowledged().len()
}

fn wait_until(what: &str, gateway: &Program, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "in vain for {what}:\n{}", gateway.heard());
        thread::sleep(Duration::from_millis(50));
    }
}
