use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use clouddata_gateway::Spool;
use readings::{Link, Mac, Quantity, Reading, Record, Timestamp};
use serde_json::Value;
use serialport::{SerialPort, TTYPort};
use tempfile::TempDir;

use crate::{
    Cell, GatewayLog, Noted, Notices, PATIENCE, Program, Reckoning, Stored, Whereabouts, noted,
    once,
};

/// Motes report often and lose their parents, and their applications have something to say.
const LIVELY: [&str; 5] = ["--health-every", "2s", "--path-lasts", "20s", "--extras"];

/// A table for simulator, gateway and server, with a directory that each may keep its things in. When
/// a test fails, the directory stays, and what its gateways have said is put there.
#[derive(Debug)]
pub struct Bench {
    directory: TempDir,
    is_lively: bool,
    /// What each of its gateways prints.
    gateways: Mutex<Vec<Arc<Mutex<String>>>>,
}

impl Bench {
    /// An empty one.
    ///
    /// # Panics
    /// If there is no room for temporary files.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a bench has no default, it is just new")]
    pub fn new() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        Self { directory, is_lively: false, gateways: Mutex::default() }
    }

    /// One on which simulators are of a network that says much besides temperatures, and gateways
    /// take all of that.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[must_use]
    pub fn lively() -> Self {
        let mut bench = Self::new();
        bench.is_lively = true;
        bench
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

    /// A simulator with ledgers, and the port to its manager.
    #[must_use]
    pub fn simulator(&self, options: &[&str]) -> (Program, String) {
        let simulator = self.start_simulator(options);
        let pty = format!("/dev/pts/{}", simulator.wait_for("/dev/pts/"));
        (simulator, pty)
    }

    /// The same behind a socket.
    #[must_use]
    pub fn simulator_on_a_socket(&self, options: &[&str]) -> (Program, String) {
        let listen = ["--listen", "127.0.0.1:0"];
        let simulator = self.start_simulator(&[&listen, options].concat());
        let port = format!("tcp:{}", simulator.wait_for("tcp:"));
        (simulator, port)
    }

    fn start_simulator(&self, options: &[&str]) -> Program {
        let (ledger, sent) = (self.text("ledger"), self.text("sent"));
        let report = self.text("report");
        let notices = self.text("notices");
        let files = ["--ledger", &ledger, "--sent-ledger", &sent, "--report", &report];
        let notices = ["--notice-ledger", &notices];
        let lively = if self.is_lively { &LIVELY[..] } else { &[] };
        let arguments = [&files[..], &notices, &["--seed", "7"], lively, options].concat();
        Program::start("clouddata-simulator", arguments)
    }

    /// A gateway with the same spool as any other on this bench.
    #[must_use]
    pub fn gateway(&self, port: &str, server: &str) -> Program {
        self.gateway_with(port, server, &[])
    }

    /// The same, with more options.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn gateway_with(&self, port: &str, server: &str, options: &[&str]) -> Program {
        self.gateway_where(&[], port, server, options)
    }

    /// The same, with more in its environment.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn gateway_where(
        &self,
        environment: &[(&str, &str)],
        port: &str,
        server: &str,
        options: &[&str],
    ) -> Program {
        let state_dir = self.text("gateway");
        let arguments = ["--port", port, "--server", server, "--state-dir", &state_dir];
        let arguments = [&arguments[..], self.extras(), options].concat();
        self.note(Program::start_with(environment, "clouddata-gateway", arguments))
    }

    /// A gateway in a cell, with its spool in this directory.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn gateway_in(&self, cell: &Cell, port: &str, server: &str, state_dir: &Path) -> Program {
        let state_dir = state_dir.to_string_lossy();
        let arguments = ["--port", port, "--server", server, "--state-dir", &state_dir];
        let arguments = [&arguments[..], self.extras()].concat();
        self.note(Program::start_in(cell, "clouddata-gateway", arguments))
    }

    /// A gateway that knows everything from this configuration file.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn gateway_by(&self, config: &Path) -> Program {
        let config = config.to_string_lossy();
        self.note(Program::start("clouddata-gateway", ["--config", &config]))
    }

    const fn extras(&self) -> &'static [&'static str] {
        if self.is_lively { &["--extras", "userData,ipData"] } else { &[] }
    }

    fn note(&self, gateway: Program) -> Program {
        self.gateways.lock().expect("no thread panics with it").push(gateway.log());
        gateway
    }

    /// Brings what is left in the spool to the server, by a gateway that hears no manager.
    ///
    /// # Panics
    /// If the server does not take it.
    pub fn settle(&self, server: &str) {
        let waiting = "SELECT count(*) FROM records WHERE mote_id IS NULL";
        let spool = rusqlite::Connection::open(self.path("gateway/spool.db"));
        let waiting =
            spool.and_then(|spool| spool.query_row(waiting, [], |row| row.get::<_, u64>(0)));
        if waiting.expect("the spool is a SQLite file") > 0 {
            self.settle_all(server);
        }
    }

    /// The same, whatever it is.
    ///
    /// # Panics
    /// If the server does not take it.
    pub fn settle_all(&self, server: &str) {
        let (_silence, slave) = TTYPort::pair().expect("the system has ptys");
        let port = slave.name().expect("a pty has a name");
        drop(slave);
        let mut gateway = self.gateway(&port, server);
        gateway.wait_for("the spool is empty");
        gateway.terminate();
    }

    /// Compares what this bench's manager has sent, and what was acknowledged of it, with what is
    /// stored.
    ///
    /// # Panics
    /// If readings have got more different shifts than looks at the manager's clock explain.
    #[must_use]
    pub fn reckon(&self, stored: &[Stored]) -> Reckoning {
        let gateways = self.gateways.lock().expect("no thread panics with it");
        let said = gateways.iter().map(|log| log.lock().expect("no thread panics with it").clone());
        let GatewayLog { changes, furthest } = GatewayLog::read(&said.collect::<String>());
        let (sent, acknowledged) = (noted(&self.path("sent")), noted(&self.path("ledger")));
        let mut reckoning = Reckoning::new(&sent, &acknowledged, stored, &[0], furthest);
        if !reckoning.missing.is_empty() {
            let places = Whereabouts::new(&self.path("gateway"), &reckoning.twice);
            reckoning.places = places.count(&reckoning.missing);
        }
        let shifts = reckoning.shifts.len();
        assert!(shifts <= changes, "{changes} changes of the clock map, but {reckoning}");
        reckoning
    }

    /// The same of what the manager has said besides temperatures; links of which the neighbour has
    /// got no name stay in the spool, or are dead letters.
    ///
    /// # Panics
    /// If there is no ledger.
    #[must_use]
    pub fn reckon_notices(&self, stored: &[Record]) -> Notices {
        let kept = unnamed(&self.path("gateway")).unwrap_or_default();
        Notices::new(&self.path("notices"), &[stored, &kept].concat())
    }

    /// What temperatures wait in the gateway's spool.
    ///
    /// # Panics
    /// If there is no spool.
    #[must_use]
    pub fn spooled(&self) -> Vec<Stored> {
        spooled(&self.path("gateway"))
    }

    /// What the simulator has noted as acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> Vec<Noted> {
        noted(&self.path("ledger"))
    }

    /// Waits until this gateway has acknowledged so many more readings, and where a manager is lively
    /// anything else that it says.
    ///
    /// # Panics
    /// If it does not.
    pub fn wait_for_acknowledged(&self, more: usize, gateway: &Program) {
        let enough = self.acknowledged().len() + more;
        let has_others = || self.reckon_notices(&[]).acknowledged() > 0;
        let (mut known, mut deadline) = (0, Instant::now() + PATIENCE);
        loop {
            let count = self.acknowledged().len();
            if count >= enough && (!self.is_lively || has_others()) {
                return;
            }
            if count > known {
                // On a busy machine fewer come in a minute than are waited for.
                (known, deadline) = (count, Instant::now() + PATIENCE);
            }
            assert!(Instant::now() < deadline, "too little is acknowledged:\n{}", gateway.heard());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// What the simulator has reported when it was stopped.
    ///
    /// # Panics
    /// If it has not.
    #[must_use]
    pub fn report(&self) -> Value {
        let report = fs::read(self.path("report")).expect("the simulator has been stopped");
        serde_json::from_slice(&report).expect("it is JSON")
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        self.directory.disable_cleanup(true);
        let gateways = self.gateways.lock().unwrap_or_else(PoisonError::into_inner);
        for (number, log) in gateways.iter().enumerate() {
            let log = log.lock().unwrap_or_else(PoisonError::into_inner);
            // What failed is more important.
            let _ = fs::write(self.path(&format!("gateway-{number}.log")), log.as_bytes());
        }
        println!("what there was is kept in {}", self.directory.path().display());
    }
}

/// Links in the spool in this directory whose neighbours have no names, and never may.
fn unnamed(directory: &Path) -> rusqlite::Result<Vec<Record>> {
    let spool = rusqlite::Connection::open(directory.join("spool.db"))?;
    let mut select = spool.prepare(
        "SELECT micros, json FROM records WHERE mote_id IS NOT NULL
         UNION ALL SELECT micros, json FROM dead_letters WHERE mote_id IS NOT NULL",
    )?;
    let rows = select.query_map([], |row| {
        let timestamp = Some(Timestamp::from_micros(row.get(0)?));
        let link = serde_json::from_str::<Link>(&row.get::<_, String>(1)?);
        Ok(Link { timestamp, ..link.expect("a link") }.into())
    })?;
    rows.collect()
}

/// What else waits in the spool in this directory, which no gateway uses.
///
/// # Panics
/// If there is no spool.
#[must_use]
pub fn spooled_others(directory: &Path) -> Vec<Record> {
    let mut spool = Spool::open(directory, 1 << 30).expect("a spool");
    let waiting = spool.oldest_after(i64::MIN, 1 << 20).expect("it can be read");
    let others = waiting.into_iter().map(|spooled| spooled.record);
    let is_temperature = |record: &Record| matches!(record, Record::Reading(reading) if reading.quantity == Quantity::TEMPERATURE);
    others.filter(|record| !is_temperature(record)).collect()
}

/// What temperatures wait in the spool in this directory.
///
/// # Panics
/// If there is no spool.
#[must_use]
pub fn spooled(directory: &Path) -> Vec<Stored> {
    let spool = rusqlite::Connection::open(directory.join("spool.db"));
    let read = || {
        let spool = spool?;
        let mut select = spool
            .prepare("SELECT identity, micros, value FROM records WHERE length(identity) = 8")?;
        let rows = select.query_map([], |row| {
            let mac = Mac::from(row.get::<_, [u8; 8]>(0)?);
            let timestamp = Some(Timestamp::from_micros(row.get(1)?));
            Ok(Reading::temperature(mac, row.get(2)?, timestamp))
        })?;
        rows.collect::<rusqlite::Result<_>>()
    };
    let readings: Vec<Reading> = read().expect("the spool is a SQLite file");
    once(&readings)
}
