//! A gateway in a machine whose clock is wrong, or is set while it runs, over a real pty.

use core::sync::atomic::{AtomicI64, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use clouddata_gateway::port::PortChoice;
use clouddata_gateway::{Config, Gateway, HostClock};
use clouddata_simulator::{Settings, Simulator};
use e2e::{PATIENCE, Reckoning, ScriptedServer, noted, once, spooled};
use readings::Timestamp;
use tempfile::TempDir;

const HOUR: i64 = 3_600_000_000;

/// The system's clock, off by as many µs as the test says.
fn clock(off_by: &Arc<AtomicI64>) -> HostClock {
    let off_by = Arc::clone(off_by);
    HostClock::new(move || {
        Timestamp::from_micros(Timestamp::now().as_micros() + off_by.load(Ordering::Relaxed))
    })
}

/// A manager of three motes, a gateway whose clock is off by so much, and a server that stores.
struct Rig {
    directory: TempDir,
    simulator: clouddata_simulator::Running,
    server: ScriptedServer,
    off_by: Arc<AtomicI64>,
}

impl Rig {
    fn new(off_by: i64) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let period = Duration::from_millis(200);
        let settings = Settings { motes: 3, period, ..Settings::default() };
        let [ledger, sent] = ["ledger", "sent"].map(|name| Some(directory.path().join(name)));
        let ledgers =
            clouddata_simulator::Config { ledger, sent_ledger: sent, ..Default::default() };
        let config = clouddata_simulator::Config { settings, ..ledgers };
        let simulator = Simulator::start(config).expect("a simulator");
        let server = ScriptedServer::start([]);
        Self { directory, simulator, server, off_by: Arc::new(AtomicI64::new(off_by)) }
    }

    fn gateway(&self) -> Gateway {
        let port = PortChoice::Named(self.simulator.path().display().to_string());
        let server = self.server.url().parse().expect("an address");
        let config = Config::new(port, server, self.directory.path().to_owned());
        Gateway::start_with_clock(config, clock(&self.off_by)).expect("a gateway")
    }

    /// Runs a gateway, lets the test do its part, and stops it.
    fn run(&self, part: impl FnOnce()) -> clouddata_gateway::Report {
        let gateway = self.gateway();
        let stopper = gateway.stopper();
        let running = thread::spawn(move || gateway.run());
        part();
        stopper.stop();
        running.join().expect("a gateway does not panic")
    }

    fn wait_for_stored(&self, at_least: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.server.stored().len() < at_least {
            assert!(Instant::now() < deadline, "{} are stored", self.server.stored().len());
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn set_clock(&self, off_by: i64) {
        self.off_by.store(off_by, Ordering::Relaxed);
    }

    /// What is stored is what was acknowledged, as if the clock had been right all the time: dated
    /// by one look at the manager's clock, which is within a second of the truth.
    fn assert_exact(self) {
        self.simulator.stop().expect("the simulator has run");
        let [acknowledged, sent] =
            ["ledger", "sent"].map(|name| noted(&self.directory.path().join(name)));
        let stored = [once(&self.server.stored()), spooled(self.directory.path())].concat();
        let reckoning = Reckoning::new(&sent, &acknowledged, &stored, 1_000_000);
        assert!(reckoning.acknowledged > 10);
        reckoning.assert_exact();
        assert_eq!(reckoning.shifts.len(), 1, "{reckoning}");
    }
}

#[test]
fn readings_from_before_the_clock_is_right_get_their_times_when_it_is() {
    let rig = Rig::new(-Timestamp::now().as_micros());
    let report = rig.run(|| {
        thread::sleep(Duration::from_secs(2));
        assert_eq!(rig.server.stored(), [], "nothing is dated by a clock that is wrong");
        rig.set_clock(0);
        rig.wait_for_stored(1);
        let dated = rig.server.stored().len();
        rig.wait_for_stored(dated + 10);
    });
    assert!(report.to_spool > 0 && report.direct > 0, "{report:?}");
    rig.assert_exact();
}

#[test]
fn they_also_get_them_when_the_gateway_was_started_again_meanwhile() {
    let rig = Rig::new(-Timestamp::now().as_micros());
    let report = rig.run(|| thread::sleep(Duration::from_secs(2)));
    assert!(report.to_spool > 0 && report.direct == 0, "{report:?}");
    assert_eq!(rig.server.stored(), []);
    rig.set_clock(0);
    let waiting = usize::try_from(report.to_spool).expect("few");
    rig.run(|| rig.wait_for_stored(waiting + 10));
    rig.assert_exact();
}

#[test]
fn a_clock_that_is_set_while_readings_come_repeats_none_and_loses_none() {
    for step in [HOUR, -HOUR] {
        let rig = Rig::new(0);
        rig.run(|| {
            rig.wait_for_stored(10);
            rig.set_clock(step);
            let before = rig.server.stored().len();
            rig.wait_for_stored(before + 10);
        });
        // The map is looked at every ten minutes, so these times are still those of before.
        rig.assert_exact();
    }
}
