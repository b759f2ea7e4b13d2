use core::time::Duration;
use std::time::Instant;

use manager_core::TimeInfo;
use readings::{Reading, Timestamp};

use crate::clock_map::{ClockMap, Observation, Piece};
use crate::host_clock::Doubt;
use crate::{HostClock, MoteReading};

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
    /// When this machine was booted by its own clock, in µs since 1970, at the last look.
    booted: i64,
    /// When this machine's clock is compared again.
    next_check: Instant,
    /// How far the last look at the manager's clock may be off, in µs.
    pub(super) uncertainty: i64,
    /// When the manager was asked for its clock.
    asked: Instant,
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
        let (now, booted) = (Instant::now(), host.boot_micros());
        Self {
            host,
            map,
            doubt: None,
            booted,
            next_check: now,
            uncertainty: 0,
            asked: now,
            next: None,
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
        self.asked = Instant::now();
        self.next = None;
    }

    /// Compares this machine's clock with the time since its boot.
    pub(super) fn check(&mut self) -> Option<Change> {
        self.next_check = Instant::now() + CHECK_INTERVAL;
        let doubt = self.host.doubt();
        if doubt != self.doubt {
            return Some(doubt.map_or(Change::Believed, Change::Doubted));
        }
        let booted = self.host.boot_micros();
        let by = booted.saturating_sub(self.booted);
        if doubt.is_some() || by.saturating_abs() < STEP {
            return None;
        }
        self.booted = booted;
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

    /// When the manager looked at its clock: at some moment between question and answer.
    fn moment(&mut self) -> (Timestamp, Duration) {
        let half = self.asked.elapsed() / 2;
        self.uncertainty = i64::try_from(half.as_micros()).unwrap_or(i64::MAX);
        let host = self.host.now().as_micros().saturating_sub(self.uncertainty);
        (Timestamp::from_micros(host), self.host.since_boot().saturating_sub(half))
    }

    /// A reading with its time; `None` while that is not known.
    pub(super) fn date(&mut self, reading: &MoteReading) -> Option<Reading> {
        if self.doubt.is_some() {
            return None;
        }
        let &MoteReading { mac, manager_micros, temperature, .. } = reading;
        let timestamp = self.map.date(manager_micros)?;
        Some(Reading { mac, temperature, timestamp: Some(timestamp) })
    }
}
