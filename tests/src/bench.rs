use std::path::PathBuf;

use readings::{Mac, Reading, Timestamp};
use tempfile::TempDir;

use crate::{Acknowledged, Program, Stored, acknowledged};

/// A table for simulator, gateway and server, with a directory that each may keep its things in.
#[derive(Debug)]
pub struct Bench {
    directory: TempDir,
}

impl Bench {
    /// An empty one.
    ///
    /// # Panics
    /// If there is no room for temporary files.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a bench has no default, it is just new")]
    pub fn new() -> Self {
        Self { directory: TempDir::new().expect("a temporary directory") }
    }

    /// A path in its directory.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    /// A server on a free port, and its address.
    #[must_use]
    pub fn server(&self) -> (Program, String) {
        self.server_at("127.0.0.1:0")
    }

    /// A server with the same store as any other on this bench, and its address.
    #[must_use]
    pub fn server_at(&self, listen: &str) -> (Program, String) {
        let arguments = ["--listen", listen, "--data-dir", &self.text("server")];
        let server = Program::start("clouddata-server", arguments);
        let url = server.wait_for("serving url=\"");
        (server, url)
    }

    /// A simulator with a ledger, and the port to its manager.
    #[must_use]
    pub fn simulator(&self, options: &[&str]) -> (Program, String) {
        let ledger = self.text("ledger");
        let arguments = [&["--ledger", &ledger, "--seed", "7"], options].concat();
        let simulator = Program::start("clouddata-simulator", arguments);
        let pty = format!("/dev/pts/{}", simulator.wait_for("/dev/pts/"));
        (simulator, pty)
    }

    /// A gateway with the same spool as any other on this bench.
    #[must_use]
    pub fn gateway(&self, port: &str, server: &str) -> Program {
        self.gateway_with(port, server, &[])
    }

    /// The same, with more options.
    #[must_use]
    pub fn gateway_with(&self, port: &str, server: &str, options: &[&str]) -> Program {
        let state_dir = self.text("gateway");
        let arguments = ["--port", port, "--server", server, "--state-dir", &state_dir];
        Program::start("clouddata-gateway", [&arguments[..], options].concat())
    }

    /// What waits in the gateway's spool.
    ///
    /// # Panics
    /// If there is no spool.
    #[must_use]
    pub fn spooled(&self) -> Vec<Stored> {
        let spool = rusqlite::Connection::open(self.path("gateway/spool.db"));
        let read = || {
            let spool = spool?;
            let mut select = spool.prepare("SELECT mac, micros, temperature FROM readings")?;
            let rows = select.query_map([], |row| {
                let mac = Mac::from(row.get::<_, [u8; 8]>(0)?);
                let timestamp = Some(Timestamp::from_micros(row.get(1)?));
                Ok(Stored::from(&Reading { mac, timestamp, temperature: row.get(2)? }))
            })?;
            rows.collect::<rusqlite::Result<_>>()
        };
        read().expect("the spool is a SQLite file")
    }

    /// What the simulator has noted as acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> Vec<Acknowledged> {
        acknowledged(&self.path("ledger"))
    }
}
