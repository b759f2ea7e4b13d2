//! A gateway in a machine whose clock is wrong, or is set while it runs, over a real pty.

use core::cell::RefCell;
use core::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use clouddata_gateway::port::PortChoice;
use clouddata_gateway::{Config, Gateway, HostClock, StartError};
use clouddata_simulator::{Settings, Simulator};
use e2e::{Answer, Noted, PATIENCE, Reckoning, ScriptedServer, Stored, noted, once, spooled};
use readings::Timestamp;
use tempfile::TempDir;

const HOUR: i64 = 3_600_000_000;

const SECOND: i64 = 1_000_000;

/// What makes a step of the clock no multiple of a mote's period, so that a reading's time by one
/// of two clocks is never that of another reading by the other one.
const ODD: i64 = 70_007;

/// How long ago this machine was booted when a test begins, in µs.
const BOOTED_AGO: i64 = 60 * SECOND;

/// This machine as a test has it.
#[derive(Debug)]
struct Machine {
    /// How far its clock is off, in µs.
    off_by: AtomicI64,
    /// Since when it has been running.
    booted: Instant,
    /// Whether the network is to tell it the time.
    awaits_network: AtomicBool,
}

impl Machine {
    fn clock(self: &Arc<Self>) -> HostClock {
        let [clock, boot, network] = [(); 3].map(|()| Arc::clone(self));
        HostClock::new(move || {
            let off_by = clock.off_by.load(Ordering::Relaxed);
            Timestamp::from_micros(Timestamp::now().as_micros() + off_by)
        })
        .with_since_boot(move || boot.booted.elapsed())
        .with_network_time(move || network.awaits_network.load(Ordering::Relaxed))
    }
}

/// A manager of three motes, a gateway whose clock is off by so much, and a server that stores.
struct Rig {
    directory: TempDir,
    simulator: clouddata_simulator::Running,
    /// Of the manager.
    port: String,
    server: ScriptedServer,
    machine: Arc<Machine>,
    /// How far its clock has been off, at the beginning and whenever it was set.
    offsets: RefCell<Vec<i64>>,
}

impl Rig {
    fn new(off_by: i64) -> Self {
        Self::with(off_by, BOOTED_AGO, Settings::default())
    }

    /// One whose machine has been running for so many µs, and its manager is of this kind.
    fn with(off_by: i64, booted_ago: i64, settings: Settings) -> Self {
        Self::plugged(off_by, booted_ago, settings, None)
    }

    /// The same, of which the cable is pulled again and again after this time.
    fn plugged(
        off_by: i64,
        booted_ago: i64,
        settings: Settings,
        replug_every: Option<Duration>,
    ) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let period = Duration::from_millis(200);
        let settings = Settings { motes: 3, period, ..settings };
        let [ledger, sent] = ["ledger", "sent"].map(|name| Some(directory.path().join(name)));
        let ledgers =
            clouddata_simulator::Config { ledger, sent_ledger: sent, ..Default::default() };
        let link = directory.path().join("by-id");
        let port = link.display().to_string();
        let config =
            clouddata_simulator::Config { settings, link: Some(link), replug_every, ..ledgers };
        let simulator = Simulator::start(config).expect("a simulator");
        let server = ScriptedServer::start([]);
        let booted = Instant::now() - Duration::from_micros(booted_ago.unsigned_abs());
        let machine = Machine { off_by: off_by.into(), booted, awaits_network: false.into() };
        let (machine, offsets) = (Arc::new(machine), vec![off_by].into());
        Self { directory, simulator, port, server, machine, offsets }
    }

    fn gateway(&self) -> Gateway {
        let port = PortChoice::Named(self.port.clone());
        let server = self.server.url().parse().expect("an address");
        let config = Config::new(port, server, self.directory.path().to_owned());
        let deadline = Instant::now() + PATIENCE;
        loop {
            match Gateway::start_with_clock(config.clone(), self.machine.clock()) {
                // The cable has just been pulled.
                Err(StartError::Port(_)) if Instant::now() < deadline => {
                    thread::sleep(Duration::from_millis(20));
                }
                started => return started.expect("a gateway"),
            }
        }
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

    fn wait_for_more(&self, more: usize) {
        self.wait_for_stored(self.server.stored().len() + more);
    }

    /// Sets the clock, and returns when that was.
    fn set_clock(&self, off_by: i64) -> Set {
        self.machine.off_by.store(off_by, Ordering::Relaxed);
        self.offsets.borrow_mut().push(off_by);
        Set { at: Timestamp::now().as_micros(), off_by }
    }

    fn await_network(&self, is_awaited: bool) {
        self.machine.awaits_network.store(is_awaited, Ordering::Relaxed);
    }

    fn stored(&self) -> Vec<Stored> {
        [once(&self.server.stored()), spooled(self.directory.path())].concat()
    }

    /// What is stored is what was acknowledged, as if the clock had been right all the time: dated
    /// by one look at the manager's clock, which is within a second of the truth.
    fn assert_exact(self) {
        let (reckoning, _) = self.reckon(&[0]);
        reckoning.assert_exact();
        assert_eq!(reckoning.shifts.len(), 1, "{reckoning}");
    }

    /// What is stored is what was acknowledged, each once, but for so many whose acknowledgement
    /// a reboot has met, and dated by the clock as it was at some time. What was measured from a
    /// second after the clock was set until it was set again has just the time that it showed,
    /// give or take a second.
    fn assert_dated_by(self, sets: &[Set], reboots: usize) {
        let stored = self.stored();
        let offsets = self.offsets.take();
        let (reckoning, acknowledged) = self.reckon(&offsets);
        reckoning.assert_exact_but(reboots);
        for (index, set) in sets.iter().enumerate() {
            let until = sets.get(index + 1).map_or(i64::MAX, |next| next.at);
            let measured = set.at + SECOND..until;
            let measured: Vec<_> = acknowledged
                .iter()
                .filter(|reading| measured.contains(&reading.host_micros))
                .collect();
            assert!(!measured.is_empty(), "{set:?}");
            for reading in measured {
                let is_right = |stored: &Stored| {
                    let time: Timestamp = stored.timestamp.parse().expect("RFC 3339");
                    let by = time.as_micros() - reading.host_micros - set.off_by;
                    stored.mac == reading.mac && by.abs() < SECOND
                };
                assert!(stored.iter().any(is_right), "{set:?}: {reading:?}");
            }
        }
    }

    /// Stops the manager, and returns what has become of its readings, and which it was told are
    /// safe.
    fn reckon(self, offsets: &[i64]) -> (Reckoning, Vec<Noted>) {
        let stored = self.stored();
        self.simulator.stop().expect("the simulator has run");
        let [acknowledged, sent] =
            ["ledger", "sent"].map(|name| noted(&self.directory.path().join(name)));
        let reckoning = Reckoning::new(&sent, &acknowledged, &stored, offsets, SECOND);
        assert!(reckoning.acknowledged > 10);
        (reckoning, acknowledged)
    }
}

/// The clock was set.
#[derive(Clone, Copy, Debug)]
struct Set {
    /// When that was in truth, in µs.
    at: i64,
    /// How far it is off since, in µs.
    off_by: i64,
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
fn a_clock_that_is_set_dates_what_is_measured_from_then_on() {
    for (before, after) in
        [(-HOUR, 0), (-14 * HOUR, 0), (0, -HOUR), (2 * HOUR, 0), (0, 14 * HOUR), (-SECOND - ODD, 0)]
    {
        let rig = Rig::new(before);
        let mut sets = [Set { at: Timestamp::now().as_micros(), off_by: before }; 2];
        rig.run(|| {
            thread::sleep(Duration::from_secs(2));
            rig.wait_for_stored(10);
            sets[1] = rig.set_clock(after);
            thread::sleep(Duration::from_secs(2));
            rig.wait_for_more(10);
        });
        rig.assert_dated_by(&sets, 0);
    }
}

#[test]
fn a_clock_that_is_set_again_and_again_repeats_none_and_loses_none() {
    let rig = Rig::new(0);
    let mut sets = Vec::new();
    rig.run(|| {
        for off_by in [-HOUR, 2 * HOUR, 2 * HOUR - 5 * SECOND - ODD, 0] {
            rig.wait_for_more(6);
            sets.push(rig.set_clock(off_by));
            thread::sleep(Duration::from_secs(2));
        }
        rig.wait_for_more(6);
    });
    rig.assert_dated_by(&sets, 0);
}

#[test]
fn a_clock_that_is_set_twice_within_a_second_is_right_after_that() {
    for off_by in [HOUR, -HOUR, -Timestamp::now().as_micros()] {
        let rig = Rig::new(-14 * HOUR);
        let mut last = None;
        rig.run(|| {
            rig.wait_for_stored(6);
            rig.set_clock(off_by);
            thread::sleep(Duration::from_millis(300));
            last = Some(rig.set_clock(0));
            thread::sleep(Duration::from_secs(2));
            rig.wait_for_more(6);
        });
        rig.assert_dated_by(&last.into_iter().collect::<Vec<_>>(), 0);
    }
}

#[test]
fn a_clock_that_is_set_while_readings_wait_for_it_dates_them_when_it_is_right() {
    let rig = Rig::new(-2 * HOUR);
    rig.await_network(true);
    rig.run(|| {
        for off_by in [-Timestamp::now().as_micros(), 5 * HOUR, -HOUR] {
            thread::sleep(Duration::from_millis(1300));
            rig.set_clock(off_by);
        }
        thread::sleep(Duration::from_millis(1300));
        assert_eq!(rig.server.stored(), [], "nothing is dated by a clock from before");
        rig.set_clock(0);
        rig.await_network(false);
        rig.wait_for_stored(20);
        rig.wait_for_more(6);
    });
    rig.assert_exact();
}

#[test]
fn a_clock_that_is_set_while_the_server_is_away_dates_what_is_spooled_from_then_on() {
    let rig = Rig::new(-HOUR);
    rig.server.answer(Answer::Status("503 Service Unavailable"));
    let mut sets = Vec::new();
    rig.run(|| {
        for off_by in [-HOUR, 0, 14 * HOUR, 0] {
            sets.push(rig.set_clock(off_by));
            thread::sleep(Duration::from_millis(2500));
        }
        rig.server.answer(Answer::Store);
        sets.push(rig.set_clock(-HOUR));
        thread::sleep(Duration::from_secs(2));
        rig.wait_for_more(6);
    });
    rig.assert_dated_by(&sets, 0);
}

#[test]
fn a_gateway_that_is_started_again_dates_as_the_one_before() {
    let rig = Rig::new(0);
    for _ in 0..3 {
        rig.run(|| rig.wait_for_more(6));
    }
    rig.assert_exact();
}

#[test]
fn a_clock_that_is_corrected_little_by_little_was_not_set() {
    let rig = Rig::new(0);
    rig.run(|| {
        for step in 0..300 {
            // As fast as a time service may: 500 µs a second, but for a longer time.
            rig.set_clock(step * 300);
            thread::sleep(Duration::from_millis(10));
        }
        rig.wait_for_more(6);
    });
    rig.assert_exact();
}

#[test]
fn a_clock_that_is_set_while_nobody_listens_dates_what_the_manager_kept() {
    let rig = Rig::new(-HOUR);
    rig.run(|| rig.wait_for_stored(6));
    let set = rig.set_clock(0);
    thread::sleep(Duration::from_secs(2));
    rig.run(|| rig.wait_for_more(30));
    rig.assert_dated_by(&[set], 0);
}

#[test]
fn a_clock_that_is_set_while_the_manager_reboots_repeats_none_and_loses_none() {
    let reboot_every = Some(Duration::from_secs(3));
    let rig = Rig::with(-HOUR, BOOTED_AGO, Settings { reboot_every, ..Settings::default() });
    let mut sets = Vec::new();
    rig.run(|| {
        for off_by in [0, 3 * HOUR, 0] {
            thread::sleep(Duration::from_millis(4100));
            sets.push(rig.set_clock(off_by));
        }
        thread::sleep(Duration::from_secs(2));
        rig.wait_for_more(6);
    });
    rig.assert_dated_by(&sets, 6);
}

/// Of each kind, and still so when the gateway is stopped.
#[test]
fn a_clock_that_is_wrong_now_and_then_loses_none_though_the_cable_is_pulled() {
    let replug_every = Some(Duration::from_millis(1700));
    let rig = Rig::plugged(0, BOOTED_AGO, Settings::default(), replug_every);
    let set = |off_by, awaits_network| {
        rig.await_network(awaits_network);
        rig.set_clock(off_by);
        thread::sleep(Duration::from_millis(3300));
    };
    let long_ago = -Timestamp::now().as_micros();
    rig.run(|| {
        rig.wait_for_stored(6);
        for (off_by, awaits_network) in
            [(long_ago, false), (long_ago, true), (-HOUR, true), (0, false), (long_ago, false)]
        {
            set(off_by, awaits_network);
        }
        set(0, false);
        rig.wait_for_more(6);
        set(long_ago, false);
    });
    set(0, false);
    rig.run(|| rig.wait_for_more(30));
    let (reckoning, _) = rig.reckon(&[0]);
    // The cable may be pulled under the last acknowledgement.
    reckoning.assert_exact_but(1);
}

#[test]
fn after_boot_readings_wait_for_the_time_of_the_network() {
    // A manager that reboots meanwhile makes no difference.
    for reboot_every in [None, Some(Duration::from_secs(3))] {
        let rig =
            Rig::with(-2 * HOUR, BOOTED_AGO, Settings { reboot_every, ..Settings::default() });
        rig.await_network(true);
        rig.run(|| {
            thread::sleep(Duration::from_secs(4));
            assert_eq!(rig.server.stored(), [], "nothing is dated by a clock from before");
            rig.set_clock(0);
            rig.await_network(false);
            rig.wait_for_stored(1);
            rig.wait_for_more(10);
        });
        let (reckoning, _) = rig.reckon(&[0]);
        reckoning.assert_exact_but(usize::from(reboot_every.is_some()) * 2);
    }
}

#[test]
fn after_boot_a_network_that_tells_no_time_is_not_waited_for_for_ever() {
    let booted_ago = (600 - 8) * SECOND;
    let rig = Rig::with(0, booted_ago, Settings::default());
    rig.await_network(true);
    let report = rig.run(|| {
        rig.wait_for_stored(10);
        // What had waited is stored first.
        rig.wait_for_more(30);
    });
    assert!(report.to_spool > 0 && report.direct > 0, "{report:?}");
    rig.assert_exact();
    let rig = Rig::with(0, booted_ago + 8 * SECOND, Settings::default());
    rig.await_network(true);
    let report = rig.run(|| rig.wait_for_stored(10));
    assert_eq!(report.to_spool, 0, "it has been running for long enough");
}
