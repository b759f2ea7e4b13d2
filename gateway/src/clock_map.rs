use std::collections::VecDeque;

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

/// How far the manager's UTC and uptime may run apart, in µs, before its clock was set: the
/// uptime counts whole seconds.
const UPTIME_TOLERANCE: i64 = 2_000_000;

/// Pieces kept. At worst drift one lasts for about an hour, and nothing arrives that late.
const MAX_PIECES: usize = 16;

impl ClockMap {
    /// A map that was saved, as its pieces.
    pub fn from_pieces(pieces: impl IntoIterator<Item = Piece>) -> Self {
        Self { pieces: pieces.into_iter().collect() }
    }

    /// What has to be saved.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> {
        self.pieces.iter().copied()
    }

    /// Takes a `getTime` into account. The manager answered at `host`, give or take
    /// `uncertainty` µs.
    pub fn observe(&mut self, time: &TimeInfo, host: Timestamp, uncertainty: i64) -> Observation {
        let from = time.utc.as_micros();
        let offset = host.as_micros().saturating_sub(from);
        let piece = Piece { from, offset, uptime: time.uptime };
        let Some(&last) = self.pieces.back() else {
            self.pieces.push_back(piece);
            return Observation::First;
        };
        if !piece.continues(&last) {
            self.pieces.clear();
            self.pieces.push_back(piece);
            return Observation::Restarted;
        }
        let by = offset.saturating_sub(last.offset);
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

impl Piece {
    /// Whether the manager has been running, and its clock left alone, since the other one.
    fn continues(&self, earlier: &Self) -> bool {
        let by_clock = self.from.saturating_sub(earlier.from);
        let by_uptime = (i64::from(self.uptime) - i64::from(earlier.uptime)) * 1_000_000;
        by_uptime >= 0 && by_clock.saturating_sub(by_uptime).saturating_abs() <= UPTIME_TOLERANCE
    }
}

#[cfg(test)]
mod tests {
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

    /// A map made ten seconds after the manager's boot, at `NOW`.
    fn map() -> ClockMap {
        let mut map = ClockMap::default();
        assert_eq!(map.host_time(BOOT), None);
        assert_eq!(map.observe(&manager(10), host(NOW), 0), Observation::First);
        map
    }

    #[test]
    fn times_are_moved_by_the_offset() {
        let map = map();
        assert_eq!(map.host_time(BOOT + 10 * SECOND), Some(host(NOW)));
        assert_eq!(map.host_time(BOOT + 70 * SECOND), Some(host(NOW + 60 * SECOND)));
        let before = map.host_time(BOOT + 5 * SECOND);
        assert_eq!(before, Some(host(NOW - 5 * SECOND)), "also those from before the first look");
    }

    #[test]
    fn what_the_measurement_cannot_tell_changes_nothing() {
        let mut map = map();
        let unchanged = map.clone();
        let late = host(NOW + 600 * SECOND + 350_000);
        assert_eq!(map.observe(&manager(610), late, 250_000), Observation::Kept);
        assert_eq!(map, unchanged);
    }

    #[test]
    fn drift_moves_later_times_only() {
        let mut map = map();
        let by = 150_000;
        let drifted = host(NOW + 600 * SECOND + by);
        assert_eq!(map.observe(&manager(610), drifted, 0), Observation::Moved { by });
        assert_eq!(map.host_time(BOOT + 600 * SECOND), Some(host(NOW + 590 * SECOND)));
        assert_eq!(map.host_time(BOOT + 610 * SECOND), Some(drifted));
    }

    #[test]
    fn a_step_of_the_hosts_clock_leaves_earlier_times_as_they_were_given() {
        for by in [3600 * SECOND, -3600 * SECOND] {
            let mut map = map();
            let before = map.host_time(BOOT + 20 * SECOND);
            let stepped = host(NOW + 20 * SECOND + by);
            assert_eq!(map.observe(&manager(30), stepped, 0), Observation::Moved { by });
            assert_eq!(map.host_time(BOOT + 20 * SECOND), before);
            assert_eq!(map.host_time(BOOT + 30 * SECOND), Some(stepped));
        }
    }

    #[test]
    fn a_reboot_of_the_manager_starts_anew() {
        let mut map = map();
        let rebooted = host(NOW + 100 * SECOND);
        assert_eq!(map.observe(&manager(2), rebooted, 0), Observation::Restarted);
        assert_eq!(map.host_time(BOOT + SECOND), Some(host(NOW + 99 * SECOND)));
    }

    #[test]
    fn a_reboot_that_was_not_seen_starts_anew_even_when_the_uptime_is_greater() {
        let mut map = map();
        let mut later = manager(500);
        later.utc = UtcTime::from_micros(BOOT + 400 * SECOND);
        let now = host(NOW + 90_000 * SECOND);
        assert_eq!(map.observe(&later, now, 0), Observation::Restarted);
        assert_eq!(map.pieces().count(), 1);
    }

    #[test]
    fn a_managers_clock_that_is_set_starts_anew() {
        let mut map = map();
        let mut set = manager(70);
        set.utc = UtcTime::from_micros(NOW + 60 * SECOND);
        assert_eq!(map.observe(&set, host(NOW + 60 * SECOND), 0), Observation::Restarted);
        assert_eq!(map.host_time(NOW + 61 * SECOND), Some(host(NOW + 61 * SECOND)));
    }

    #[test]
    fn a_saved_map_is_the_same() {
        let mut map = map();
        map.observe(&manager(610), host(NOW + 700 * SECOND), 0);
        assert_eq!(ClockMap::from_pieces(map.pieces()), map);
    }

    #[test]
    fn it_does_not_grow_without_bound() {
        let mut map = map();
        for step in 1..100_i64 {
            let secs = u32::try_from(10 + step * 600).unwrap();
            map.observe(&manager(secs), host(NOW + step * 601 * SECOND), 0);
        }
        assert_eq!(map.pieces().count(), MAX_PIECES);
    }

    #[test]
    fn times_at_the_ends_of_the_type_do_not_overflow() {
        let mut map = ClockMap::default();
        let mut wild = manager(0);
        for (secs, host_micros) in [(i64::MIN, i64::MAX), (i64::MAX, i64::MIN)] {
            wild.utc.secs = secs;
            map.observe(&wild, host(host_micros), i64::MAX);
            assert!(map.host_time(i64::MAX).is_some() && map.host_time(i64::MIN).is_some());
        }
    }
}
