use core::time::Duration;
use std::collections::VecDeque;

use clouddata_simulator::{Faults, FaultyLine};
use fastrand::Rng;

/// One direction of the line: octets arrive late and in order, if at all.
pub(crate) struct Line {
    faults: Option<FaultyLine>,
    rng: Rng,
    under_way: VecDeque<(Duration, Vec<u8>)>,
}

impl Line {
    pub(crate) fn new(faults: Faults, seed: u64) -> Self {
        let faults = Some(FaultyLine::new(faults, seed));
        Self { faults, rng: Rng::with_seed(seed), under_way: VecDeque::new() }
    }

    pub(crate) fn calm_down(&mut self) {
        self.faults = None;
    }

    /// A whole frame is sent.
    pub(crate) fn send(&mut self, now: Duration, frame: &[u8]) {
        let mut octets = Vec::new();
        match &mut self.faults {
            Some(faults) => faults.carry(frame, &mut octets),
            None => octets.extend_from_slice(frame),
        }
        let at = (now + self.delay()).max(self.under_way.back().map_or(now, |&(at, _)| at));
        // In two pieces, as reads are not aligned with frames.
        let rest = octets.split_off(self.rng.usize(..=octets.len()));
        self.under_way.extend([(at, octets), (at, rest)]);
    }

    pub(crate) fn next_at(&self) -> Option<Duration> {
        self.under_way.front().map(|&(at, _)| at)
    }

    pub(crate) fn arrived(&mut self, now: Duration) -> Option<Vec<u8>> {
        if self.next_at()? > now {
            return None;
        }
        self.under_way.pop_front().map(|(_, octets)| octets)
    }

    /// Milliseconds as a rule; on a bad line now and then longer than anyone waits.
    fn delay(&mut self) -> Duration {
        let slow = self.faults.is_some() && self.rng.u8(..50) == 0;
        Duration::from_millis(self.rng.u64(if slow { 100..2000 } else { 1..20 }))
    }
}
