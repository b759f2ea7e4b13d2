use std::collections::VecDeque;
use std::time::Instant;

use manager_core::TimeInfo;
use readings::Timestamp;

/// Where the manager's clock is on the host's.
///
/// The manager's UTC is not the world's (it starts in 2002 at boot), so each reading's time has to
/// be moved by an offset that `getTime` tells. Two rules make the result fit to be a reading's
/// identity:
///
/// - **The same moment of the manager always gives the same moment of the host**, also after a
///   reconnection or a restart in between: a notification that arrives twice is one reading. So an
///   offset once used is kept for the manager's times it was used for, and a new one only applies
///   to later times. The map is saved with the spool.
/// - The offset is replaced only when it is off by more than can be explained by the time that
///   `getTime` takes: when the clocks have drifted apart, or one of them was set.
///
/// When the manager has rebooted, its times begin anew, and so does the map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClockMap {
    /// Oldest first.
    pieces: VecDeque<Piece>,
    seen: Option<Look>,
}

/// The last look at the manager's clock, on a clock that nobody sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    manager_micros: i64,
    uncertainty: i64,
    at: Instant,
}

/// An offset, and from when on it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// From this moment of the manager on, in µs. The first piece applies before that too.
    pub from: i64,
    /// What to add to the manager's µs to get the host's.
    pub offset: i64,
    /// The manager's uptime in s at `from`, to tell whether it has rebooted since.
    pub uptime: u32,
}

/// What a `getTime` has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The first one.
    First,
    /// The map holds.
    Kept,
    /// From now on another offset applies: the clocks have drifted, or the host's was set.
    Moved {
        /// By how much, in µs.
        by: i64,
    },
    /// The manager has rebooted, or its clock was set: the map begins anew.
    Restarted,
}

/// How far a map may be off, in µs, besides what the measurement is uncertain by.
const TOLERANCE: i64 = 100_000;

/// How far the manager's clock may be from its uptime, or a map be off after a restart, in µs,
/// before a clock must have jumped: the uptime counts whole seconds, and drift is less.
const JUMP: i64 = 2_000_000;

/// Pieces kept. At worst drift one lasts for about an hour, and nothing arrives that late.
const MAX_PIECES: usize = 16;

impl ClockMap {
    /// A map that was saved, as its pieces.
    pub fn from_pieces(pieces: impl IntoIterator<Item = Piece>) -> Self {
        Self { pieces: pieces.into_iter().collect(), seen: None }
    }

    /// What has to be saved.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> {
        self.pieces.iter().copied()
    }

    /// Takes a `getTime` into account. The manager answered at `host`, give or take
    /// `uncertainty` µs; `now` is the same moment on a clock that nobody sets.
    pub fn observe(
        &mut self,
        time: &TimeInfo,
        host: Timestamp,
        uncertainty: i64,
        now: Instant,
    ) -> Observation {
        let piece = Piece::new(time, host);
        let Piece { from, offset, .. } = piece;
        let look = Look { manager_micros: from, uncertainty, at: now };
        let ran_on = self.seen.replace(look).map(|earlier| look.continues(&earlier));
        let Some(&last) = self.pieces.back() else {
            self.pieces.push_back(piece);
            return Observation::First;
        };
        let by = offset.saturating_sub(last.offset);
        // Without a look at it in this process, a jump is more likely a reboot of the manager,
        // which comes with another offset, than a step of the host's clock.
        let jumped = by.saturating_abs() > JUMP.saturating_add(uncertainty);
        let ran_on = ran_on.unwrap_or(!jumped) && piece.continues(&last);
        if !ran_on {
            self.pieces.clear();
            self.pieces.push_back(piece);
            return Observation::Restarted;
        }
        if by.saturating_abs() <= TOLERANCE.saturating_add(uncertainty) {
            return Observation::Kept;
        }
        if self.pieces.len() == MAX_PIECES {
            self.pieces.pop_front();
        }
        self.pieces.push_back(piece);
        Observation::Moved { by }
    }

    /// The host's time at a moment of the manager, in µs; `None` before the first `getTime`.
    #[must_use]
    pub fn host_time(&self, manager_micros: i64) -> Option<Timestamp> {
        let applies = self.pieces.iter().rev().find(|piece| piece.from <= manager_micros);
        let piece = applies.or_else(|| self.pieces.front())?;
        Some(Timestamp::from_micros(manager_micros.saturating_add(piece.offset)))
    }

    /// What is added now to the manager's µs to get the host's.
    #[must_use]
    pub fn offset_micros(&self) -> Option<i64> {
        self.pieces.back().map(|piece| piece.offset)
    }
}

impl Look {
    /// Whether the manager's clock has gone on since the earlier look as time has.
    fn continues(&self, earlier: &Self) -> bool {
        let passed = self.at.saturating_duration_since(earlier.at).as_micros();
        let passed = i64::try_from(passed).unwrap_or(i64::MAX);
        let gone_on = self.manager_micros.saturating_sub(earlier.manager_micros);
        let drift = passed / 1000;
        let uncertainty = self.uncertainty.saturating_add(earlier.uncertainty);
        let tolerance = TOLERANCE.saturating_add(drift).saturating_add(uncertainty);
        gone_on.saturating_sub(passed).saturating_abs() <= tolerance
    }
}

impl Piece {
    /// What a `getTime` at this moment of the host shows.
    #[must_use]
    pub const fn new(time: &TimeInfo, host: Timestamp) -> Self {
        let from = time.utc.as_micros();
        Self { from, offset: host.as_micros().saturating_sub(from), uptime: time.uptime }
    }

    /// Whether the manager has been running, and its clock left alone, since the other one.
    pub(crate) fn continues(&self, earlier: &Self) -> bool {
        let by_clock = self.from.saturating_sub(earlier.from);
        let by_uptime = (i64::from(self.uptime) - i64::from(earlier.uptime)) * 1_000_000;
        by_uptime >= 0 && by_clock.saturating_sub(by_uptime).saturating_abs() <= JUMP
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use manager_core::UtcTime;

    use super::*;

    const BOOT: i64 = 1_025_665_200_000_000;
    const NOW: i64 = 1_795_000_000_000_000;
    const SECOND: i64 = 1_000_000;

    /// The manager's clocks, so many seconds after its boot.
    fn manager(secs: u32) -> TimeInfo {
        let utc = UtcTime::from_micros(BOOT + i64::from(secs) * SECOND);
        TimeInfo { uptime: secs, utc, asn: [0; 5], asn_offset: 0 }
    }

    fn host(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    /// A map made ten seconds after the manager's boot, at `NOW`, and the start of a clock that
    /// nobody sets.
    struct Rig {
        map: ClockMap,
        start: Instant,
    }

    impl Rig {
        fn new() -> Self {
            let mut rig = Self { map: ClockMap::default(), start: Instant::now() };
            assert_eq!(rig.map.host_time(BOOT), None);
            assert_eq!(rig.observe(&manager(10), NOW, 0), Observation::First);
            rig
        }

        /// So many seconds after the first look.
        fn observe(&mut self, time: &TimeInfo, host_micros: i64, passed: u64) -> Observation {
            let now = self.start + Duration::from_secs(passed);
            self.map.observe(time, host(host_micros), 0, now)
        }

        /// The map as it is after a restart of the gateway.
        fn restarted(self) -> Self {
            Self { map: ClockMap::from_pieces(self.map.pieces()), start: self.start }
        }

        fn host_time(&self, manager_secs: i64) -> Option<Timestamp> {
            self.map.host_time(BOOT + manager_secs * SECOND)
        }
    }

    #[test]
    fn times_are_moved_by_the_offset() {
        let rig = Rig::new();
        assert_eq!(rig.host_time(10), Some(host(NOW)));
        assert_eq!(rig.host_time(70), Some(host(NOW + 60 * SECOND)));
        assert_eq!(rig.host_time(5), Some(host(NOW - 5 * SECOND)), "also from before the look");
        assert_eq!(rig.map.offset_micros(), Some(NOW - BOOT - 10 * SECOND));
    }

    #[test]
    fn what_the_measurement_cannot_tell_changes_nothing() {
        let mut rig = Rig::new();
        let before: Vec<_> = rig.map.pieces().collect();
        let late = host(NOW + 600 * SECOND + 350_000);
        let now = rig.start + Duration::from_secs(600);
        assert_eq!(rig.map.observe(&manager(610), late, 250_000, now), Observation::Kept);
        assert_eq!(rig.map.pieces().collect::<Vec<_>>(), before);
    }

    #[test]
    fn drift_moves_later_times_only() {
        for restart in [false, true] {
            let mut rig = Rig::new();
            if restart {
                rig = rig.restarted();
            }
            let by = 150_000;
            let drifted = NOW + 600 * SECOND + by;
            assert_eq!(rig.observe(&manager(610), drifted, 600), Observation::Moved { by });
            assert_eq!(rig.host_time(600), Some(host(NOW + 590 * SECOND)));
            assert_eq!(rig.host_time(610), Some(host(drifted)));
        }
    }

    #[test]
    fn a_step_of_the_hosts_clock_leaves_earlier_times_as_they_were_given() {
        for by in [3600 * SECOND, -3600 * SECOND] {
            let mut rig = Rig::new();
            let before = rig.host_time(20);
            let stepped = NOW + 20 * SECOND + by;
            assert_eq!(rig.observe(&manager(30), stepped, 20), Observation::Moved { by });
            assert_eq!(rig.host_time(20), before);
            assert_eq!(rig.host_time(30), Some(host(stepped)));
        }
    }

    #[test]
    fn a_reboot_of_the_manager_starts_anew() {
        let mut rig = Rig::new();
        let rebooted = rig.observe(&manager(2), NOW + 100 * SECOND, 100);
        assert_eq!(rebooted, Observation::Restarted);
        assert_eq!(rig.host_time(1), Some(host(NOW + 99 * SECOND)));
    }

    #[test]
    fn a_reboot_is_seen_even_when_the_uptime_has_caught_up() {
        for (uptime, restart) in [(10, false), (11, false), (500, false), (10, true), (500, true)] {
            let mut rig = Rig::new();
            if restart {
                rig = rig.restarted();
            }
            let rebooted = rig.observe(&manager(uptime), NOW + 90_000 * SECOND, 90_000);
            assert_eq!(rebooted, Observation::Restarted, "at an uptime of {uptime}");
            let just_before = i64::from(uptime) - 1;
            assert_eq!(rig.host_time(just_before), Some(host(NOW + 89_999 * SECOND)));
        }
    }

    #[test]
    fn a_managers_clock_that_is_set_starts_anew() {
        let mut rig = Rig::new();
        let mut set = manager(70);
        set.utc = UtcTime::from_micros(NOW + 60 * SECOND);
        assert_eq!(rig.observe(&set, NOW + 60 * SECOND, 60), Observation::Restarted);
        assert_eq!(rig.map.host_time(NOW + 61 * SECOND), Some(host(NOW + 61 * SECOND)));
    }

    #[test]
    fn it_does_not_grow_without_bound() {
        let mut rig = Rig::new();
        for step in 1..100_u32 {
            let drifted = NOW + i64::from(step) * 601 * SECOND;
            rig.observe(&manager(10 + step * 600), drifted, u64::from(step) * 600);
        }
        assert_eq!(rig.map.pieces().count(), MAX_PIECES);
    }

    #[test]
    fn times_at_the_ends_of_the_type_do_not_overflow() {
        let mut map = ClockMap::default();
        let mut wild = manager(0);
        let now = Instant::now();
        for (secs, host_micros) in [(i64::MIN, i64::MAX), (i64::MAX, i64::MIN)] {
            wild.utc.secs = secs;
            map.observe(&wild, host(host_micros), i64::MAX, now);
            assert!(map.host_time(i64::MAX).is_some() && map.host_time(i64::MIN).is_some());
        }
    }
}
