use std::time::Instant;

use manager_core::TimeInfo;
use readings::{Reading, Timestamp};

use crate::clock_map::{ClockMap, Observation, Piece};
use crate::{HostClock, MoteReading};

/// The manager's clock, this machine's, and how the one is mapped to the other.
#[derive(Debug)]
pub(super) struct Clocks {
    pub(super) host: HostClock,
    pub(super) map: ClockMap,
    /// Whether this machine's clock may be right, so that readings can be dated.
    pub(super) is_right: bool,
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

impl Clocks {
    pub(super) fn new(host: HostClock, map: ClockMap) -> Self {
        Self { host, map, is_right: true, uncertainty: 0, asked: Instant::now(), next: None }
    }

    /// When the manager should be asked for its clock.
    pub(super) const fn next_due(&self) -> Option<Instant> {
        self.next
    }

    /// The manager is being asked, or cannot be, and is to be asked at some other time.
    pub(super) fn plan(&mut self, next: Option<Instant>) {
        self.next = next;
    }

    pub(super) fn ask(&mut self) {
        self.asked = Instant::now();
        self.next = None;
    }

    /// The manager has answered, and this machine's clock may be right.
    pub(super) fn observe(&mut self, time: &TimeInfo) -> Look {
        let took = i64::try_from(self.asked.elapsed().as_micros()).unwrap_or(i64::MAX);
        // The manager looked at its clock at some moment between question and answer.
        self.uncertainty = took / 2;
        let host = self.host.now().as_micros().saturating_sub(self.uncertainty);
        let host = Timestamp::from_micros(host);
        self.is_right = true;
        let observation = self.map.observe(time, host, self.uncertainty, Instant::now());
        Look { piece: Piece::new(time, host), observation }
    }

    /// A reading with its time; `None` while that is not known.
    pub(super) fn date(&self, reading: &MoteReading) -> Option<Reading> {
        if !self.is_right {
            return None;
        }
        let &MoteReading { mac, manager_micros, temperature, .. } = reading;
        let timestamp = self.map.host_time(manager_micros)?;
        Some(Reading { mac, temperature, timestamp: Some(timestamp) })
    }
}
