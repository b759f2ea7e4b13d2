//! The disk under the spool is full, and the server is away.

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use e2e::{
    Bench, Cell, Program, by_length, listen, network, readings, resident_kib, spooled,
    spooled_others,
};

use crate::{Ended, acknowledged};

/// A gateway whose disk is full, and whose server is away.
struct Rig {
    bench: Bench,
    gateway: Program,
    simulator: Program,
    url: String,
    /// The gateway's disk, as it is seen from outside of its cell: as long as this is open, the
    /// disk does not go away with the gateway.
    disk: fs::File,
}

impl Rig {
    /// `None` where there are no cells.
    fn new() -> Option<Self> {
        let bench = Bench::lively();
        let state = bench.path("disk");
        fs::create_dir(&state).expect("a directory");
        let disk = state.to_string_lossy().into_owned();
        // 400 KiB are enough to begin with, and soon full.
        let cell = Cell::new(&format!(
            "mount -t tmpfs -o size=16m tmpfs '{disk}'; \
             head -c 15977216 /dev/zero >'{disk}/ballast'"
        ))?;
        let (mut server, url) = bench.server();
        server.terminate();
        let load = ["--motes", "10", "--period", "200ms", "--queue", "100000"];
        let (simulator, pty) = bench.simulator(&load);
        let gateway = bench.gateway_in(&cell, &pty, &url, &state);
        gateway.wait_for("the spool fails; nothing is acknowledged");
        let seen = format!("/proc/{}/root{disk}", gateway.id());
        let disk = fs::File::open(seen).expect("the gateway has a disk");
        Some(Self { bench, gateway, simulator, url, disk })
    }

    fn disk(&self) -> PathBuf {
        use std::os::fd::AsRawFd;
        Path::new("/proc/self/fd").join(self.disk.as_raw_fd().to_string())
    }

    fn make_room(&self) {
        fs::remove_file(self.disk().join("ballast")).expect("it is there");
    }

    fn serve(&self) -> Program {
        self.bench.server_at(listen(&self.url)).0
    }

    fn wait_for_acknowledged(&self, more: usize) {
        self.bench.wait_for_acknowledged(more, &self.gateway);
    }

    /// Nothing is acknowledged while it lasts, and no memory is used instead.
    fn assert_stuck(&self) {
        // One that was read before the disk was full may just have been safe.
        thread::sleep(Duration::from_secs(1));
        let memory = || resident_kib(self.gateway.id());
        let (before, memory_before) = (acknowledged(&self.bench), memory());
        thread::sleep(by_length(Duration::from_secs(4), Duration::from_secs(120)));
        assert_eq!(acknowledged(&self.bench), before, "nothing is safe that is acknowledged now");
        let grown = memory().saturating_sub(memory_before);
        assert!(grown < 2048, "{grown} KiB more");
    }

    /// Everything that was acknowledged is with the server, but for what the gateway has just
    /// spooled again.
    fn end(mut self) {
        self.gateway.terminate();
        self.simulator.terminate();
        // SQLite would look through the descriptor, and for the file where it is not.
        let copy = self.bench.path("copy");
        fs::create_dir(&copy).expect("a directory");
        for entry in fs::read_dir(self.disk()).expect("it can be read") {
            let entry = entry.expect("it is there");
            fs::copy(entry.path(), copy.join(entry.file_name())).expect("it can be copied");
        }
        let mut all = [readings(&self.url), spooled(&copy)].concat();
        all.sort_by(|a, b| (&a.mac, &a.timestamp).cmp(&(&b.mac, &b.timestamp)));
        all.dedup();
        let others = [network(&self.url), spooled_others(&copy)].concat();
        Ended::new(&self.bench, &all, &others).assert_exact();
    }
}

#[test]
fn and_there_is_room_before_the_server_is_back() {
    let Some(rig) = Rig::new() else { return };
    rig.assert_stuck();
    rig.make_room();
    rig.wait_for_acknowledged(100);
    let _server = rig.serve();
    rig.gateway.wait_for("the spool is empty");
    rig.end();
}

#[test]
fn and_the_server_is_back_before_there_is_room() {
    let Some(rig) = Rig::new() else { return };
    rig.assert_stuck();
    let _server = rig.serve();
    // The disk is still full, but what the server takes needs none.
    rig.wait_for_acknowledged(100);
    rig.make_room();
    rig.gateway.wait_for("the spool is empty");
    rig.end();
}
