use core::time::Duration;
use std::time::Instant;

use manager_core::TimeInfo;
use readings::{Record, Timestamp};

use crate::clock_map::{ClockMap, Observation, Piece};
use crate::host_clock::Doubt;
use crate::{HostClock, Undated};

/// Between two comparisons of this machine's clock with the time since its boot. It is also
/// compared before a reading is dated.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// What this machine's clock must have jumped by to have been set, in µs. What a time service
/// corrects little by little is less in the time between two looks at the manager's clock.
const STEP: i64 = 500_000;

/// The manager's clock, this machine's, and how the one is mapped to the other.
#[derive(Debug)]
pub(super) struct Clocks {
    pub(super) host: HostClock,
    pub(super) map: ClockMap,
    /// Why this machine's clock is not believed; readings are not dated while it is not.
    pub(super) doubt: Option<Doubt>,
    /// When this machine was booted by its own clock, in µs since 1970, at the last look; `None` if
    /// that could not be seen.
    booted: Option<i64>,
    /// When this machine's clock is compared again.
    next_check: Instant,
    /// How far the last look at the manager's clock may be off, in µs.
    pub(super) uncertainty: i64,
    /// When the manager was asked for its clock, as time since this machine's boot.
    asked: Duration,
    /// When it is asked again.
    next: Option<Instant>,
}

/// What a look at both clocks has shown.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) piece: Piece,
    pub(super) observation: Observation,
}

/// What has happened to this machine's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It was set, by so many µs.
    Set(i64),
    /// It can no longer be believed, or for another reason.
    Doubted(Doubt),
    /// It can be believed again.
    Believed,
}

impl Clocks {
    pub(super) fn new(host: HostClock, map: ClockMap) -> Self {
        Self {
            map,
            doubt: None,
            booted: host.boot_micros(),
            next_check: Instant::now(),
            uncertainty: 0,
            asked: host.since_boot(),
            next: None,
            host,
        }
    }

    /// When something is due: a comparison, or the manager should be asked for its clock.
    pub(super) fn next_due(&self) -> Instant {
        self.next.map_or(self.next_check, |next| next.min(self.next_check))
    }

    /// Whether the manager should be asked for its clock.
    pub(super) fn is_to_ask(&self, now: Instant) -> bool {
        self.next.is_some_and(|at| at <= now)
    }

    /// The manager cannot be asked, or is to be asked at some other time.
    pub(super) fn plan(&mut self, next: Option<Instant>) {
        self.next = next;
    }

    /// Asks as soon as possible, unless the manager's answer, or a session, is waited for anyway.
    pub(super) fn hasten(&mut self) {
        self.next = self.next.map(|at| at.min(Instant::now()));
    }

    pub(super) fn ask(&mut self) {
        self.asked = self.host.since_boot();
        self.next = None;
    }

    /// Compares this machine's clock with the time since its boot.
    pub(super) fn check(&mut self) -> Option<Change> {
        self.next_check = Instant::now() + CHECK_INTERVAL;
        let doubt = self.host.doubt();
        if doubt != self.doubt {
            return Some(doubt.map_or(Change::Believed, Change::Doubted));
        }
        let booted = self.host.boot_micros()?;
        let by = booted.saturating_sub(*self.booted.get_or_insert(booted));
        if doubt.is_some() || by.saturating_abs() < STEP {
            return None;
        }
        self.booted = Some(booted);
        self.map.shift(by, self.host.since_boot());
        Some(Change::Set(by))
    }

    /// The manager has answered, and this machine's clock is believed.
    pub(super) fn observe(&mut self, time: &TimeInfo) -> Look {
        let (host, at) = self.moment();
        self.booted = self.host.boot_micros();
        let observation = self.map.observe(time, host, self.uncertainty, at);
        self.doubt = None;
        Look { piece: Piece::new(time, host), observation }
    }

    /// The manager has answered, and this machine's clock is not believed. If the manager has
    /// rebooted, this returns what [`ClockMap::look`] does.
    pub(super) fn look(&mut self, time: &TimeInfo) -> Option<i64> {
        let (_, at) = self.moment();
        self.map.look(time, self.uncertainty, at)
    }

    /// Where the manager's clock is by now after the last look at it.
    pub(super) fn last_look(&self) -> Option<Piece> {
        self.map.last_look(self.host.since_boot())
    }

    /// When the manager looked at its clock: at some moment between question and answer. The clock
    /// that says how long that was is read last, so that a pause of this thread makes the look less
    /// certain, and not wrong.
    fn moment(&mut self) -> (Timestamp, Duration) {
        let now = self.host.now();
        let since_boot = self.host.since_boot();
        let half = since_boot.saturating_sub(self.asked) / 2;
        self.uncertainty = i64::try_from(half.as_micros()).unwrap_or(i64::MAX);
        let host = now.as_micros().saturating_sub(self.uncertainty);
        (Timestamp::from_micros(host), since_boot.saturating_sub(half))
    }

    /// A sample's record with its time; `None` while that is not known.
    pub(super) fn date(&mut self, undated: &Undated) -> Option<Record> {
        if self.doubt.is_some() {
            return None;
        }
        let mut record = undated.record.clone();
        record.set_timestamp(Some(self.map.date(undated.manager_micros)?));
        Some(record)
    }

    /// The host's time at a moment that the manager's messages do not carry, and the gateway has
    /// seen; `None` while that is not known. It is not what later samples are dated by.
    pub(super) fn time_of(&self, manager_micros: i64) -> Option<Timestamp> {
        let is_believed = self.doubt.is_none();
        is_believed.then(|| self.map.host_time(manager_micros)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicI64, Ordering};
    use std::sync::Arc;

    use manager_core::UtcTime;

    use super::*;

    const NOW: i64 = 1_800_000_000_000_000;

    const SECOND: i64 = 1_000_000;

    /// A machine that is so busy that a thread stands still before it reads a clock.
    #[derive(Clone, Default)]
    struct Machine {
        /// Since boot, in µs. The host's clock is right.
        time: Arc<AtomicI64>,
        /// For how long it stands still, in µs: before it reads the host's clock, and the time
        /// since boot.
        pauses: Arc<[AtomicI64; 2]>,
    }

    impl Machine {
        fn pass(&self, micros: i64) -> i64 {
            self.time.fetch_add(micros, Ordering::Relaxed) + micros
        }

        fn read(&self, clock: usize) -> i64 {
            self.pass(self.pauses[clock].load(Ordering::Relaxed))
        }

        fn clocks(&self) -> Clocks {
            let [clock, boot] = [(); 2].map(|()| self.clone());
            let host = HostClock::new(move || Timestamp::from_micros(NOW + clock.read(0)))
                .with_since_boot(move || Duration::from_micros(boot.read(1).unsigned_abs()));
            Clocks::new(host, ClockMap::default())
        }

        /// What the manager answers that was booted with this machine.
        fn answer(&self) -> TimeInfo {
            let utc = UtcTime::from_micros(self.pass(0));
            TimeInfo { uptime: u32::try_from(utc.secs).unwrap(), utc, asn: [0; 5], asn_offset: 0 }
        }
    }

    #[test]
    fn a_pause_between_two_clocks_is_no_step_and_moves_no_reading() {
        let machine = Machine::default();
        let mut clocks = machine.clocks();
        let pauses = [30_000, 400_000, 3 * SECOND, 20 * SECOND];
        let pauses = pauses.map(|pause| [[pause, 0], [0, pause], [pause, pause]]);
        for pauses in [&[[0, 0]], pauses.as_flattened()].concat() {
            for pauses in [pauses, [0, 0]] {
                for (clock, pause) in machine.pauses.iter().zip(pauses) {
                    clock.store(pause, Ordering::Relaxed);
                }
                machine.pass(10 * SECOND);
                assert_eq!(clocks.check(), None, "{pauses:?}");
                clocks.ask();
                machine.pass(1000);
                let answer = machine.answer();
                machine.pass(1000);
                let Look { observation, .. } = clocks.observe(&answer);
                let holds = matches!(observation, Observation::First | Observation::Kept);
                assert!(holds, "{pauses:?}: {observation}");
                assert_eq!(clocks.check(), None, "{pauses:?}");
                assert_eq!(clocks.map.offset_micros(), Some(NOW), "{pauses:?}");
            }
        }
    }

    #[test]
    fn a_step_is_seen_as_soon_as_both_clocks_are_read_at_once() {
        let machine = Machine::default();
        let set = Arc::new(AtomicI64::new(0));
        let mut clocks = machine.clocks();
        let ([clock, boot], by) = ([(); 2].map(|()| machine.clone()), Arc::clone(&set));
        clocks.host = HostClock::new(move || {
            Timestamp::from_micros(NOW + by.load(Ordering::Relaxed) + clock.read(0))
        })
        .with_since_boot(move || Duration::from_micros(boot.read(1).unsigned_abs()));
        assert_eq!(clocks.check(), None);
        set.store(-7 * SECOND, Ordering::Relaxed);
        machine.pauses[0].store(SECOND, Ordering::Relaxed);
        assert_eq!(clocks.check(), None);
        machine.pauses[0].store(0, Ordering::Relaxed);
        assert_eq!(clocks.check(), Some(Change::Set(-7 * SECOND)));
        assert_eq!(clocks.check(), None);
    }
}
