use core::fmt;
use core::time::Duration;
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
///   to times later than those: from the newest that was dated on, since what was never dated can
///   still get the right time. The map is saved with the spool.
/// - The offset is replaced only when it is off by more than can be explained by the time that
///   `getTime` takes: when the clocks have drifted apart, or one of them was set.
///
/// When the manager has rebooted, its times begin anew, and so does the map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClockMap {
    /// Oldest first.
    pieces: VecDeque<Piece>,
    seen: Option<Look>,
    /// Whether the pieces are those of an earlier process, and nothing has confirmed them yet.
    are_unconfirmed: bool,
    /// The latest of the manager's times that was dated in this process.
    dated_until: Option<i64>,
}

/// The last look at the manager's clock, on a clock that nobody sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    manager_micros: i64,
    uptime: u32,
    uncertainty: i64,
    /// Since this machine's boot.
    at: Duration,
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
    Restarted {
        /// By how many µs its clock is behind the one of before, if both were looked at.
        back: Option<i64>,
    },
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First => f.write_str("first"),
            Self::Kept => f.write_str("kept"),
            Self::Moved { by } => write!(f, "moved by {by} µs"),
            Self::Restarted { .. } => f.write_str("restarted"),
        }
    }
}

/// How far a map may be off, in µs, besides what the measurement is uncertain by.
const TOLERANCE: i64 = 100_000;

/// How far the manager's clock may be from its uptime, or a map be off after a restart, in µs,
/// before a clock must have jumped: the uptime counts whole seconds, and drift is less.
const JUMP: i64 = 2_000_000;

/// How far a mote's clock may be ahead of its manager's, in µs.
const AHEAD: i64 = 1_000_000;

/// Pieces kept. At worst drift one lasts for about an hour, and nothing arrives that late.
const MAX_PIECES: usize = 16;

impl ClockMap {
    /// A map that was saved, as its pieces.
    pub fn from_pieces(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let pieces: VecDeque<_> = pieces.into_iter().collect();
        Self { are_unconfirmed: !pieces.is_empty(), pieces, seen: None, dated_until: None }
    }

    /// What has to be saved.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> {
        self.pieces.iter().copied()
    }

    /// Takes a `getTime` into account while the host's clock is right. The manager answered at
    /// `host`, give or take `uncertainty` µs; `at` is the same moment, as time since this
    /// machine's boot.
    pub fn observe(
        &mut self,
        time: &TimeInfo,
        host: Timestamp,
        uncertainty: i64,
        at: Duration,
    ) -> Observation {
        let back = self.look(time, uncertainty, at);
        let piece = Piece::new(time, host);
        let Some(&last) = self.pieces.back() else {
            self.pieces.push_back(piece);
            return match back {
                None => Observation::First,
                back => Observation::Restarted { back },
            };
        };
        let by = piece.offset.saturating_sub(last.offset);
        // Without a look at it in this process, a jump is more likely a reboot of the manager,
        // which comes with another offset, than a step of the host's clock.
        let jumped = by.saturating_abs() > JUMP.saturating_add(uncertainty);
        let was_unconfirmed = core::mem::replace(&mut self.are_unconfirmed, false);
        if (was_unconfirmed && jumped) || !piece.continues(&last) {
            self.restart();
            self.pieces.push_back(piece);
            return Observation::Restarted { back: None };
        }
        if by.saturating_abs() <= TOLERANCE.saturating_add(uncertainty) {
            return Observation::Kept;
        }
        self.begin(piece);
        Observation::Moved { by }
    }

    /// Looks at a `getTime` while the host's clock is wrong, or cannot be believed; the arguments
    /// are those of [`observe`](Self::observe). If the manager has rebooted since the last look,
    /// or its clock was set, this returns by how many µs its present clock is behind the one of
    /// before: what a moment of that has to be moved back by to be one of this.
    pub fn look(&mut self, time: &TimeInfo, uncertainty: i64, at: Duration) -> Option<i64> {
        let (manager_micros, uptime) = (time.utc.as_micros(), time.uptime);
        let look = Look { manager_micros, uptime, uncertainty, at };
        let earlier = self.seen.replace(look)?;
        if look.continues(&earlier) {
            return None;
        }
        self.restart();
        let before = earlier.manager_micros.saturating_add(look.passed(&earlier));
        Some(before.saturating_sub(manager_micros))
    }

    /// Where the manager's clock is by now after the last look at it, without an offset; `at` is
    /// now, as time since this machine's boot.
    #[must_use]
    pub fn last_look(&self, at: Duration) -> Option<Piece> {
        self.seen.map(|look| look.at(at))
    }

    /// The host's clock was set by so many µs, as was seen `at` this time since its machine's
    /// boot: what was never dated gets the new time. Does nothing as long as nothing has shown
    /// where the manager's clock is.
    pub fn shift(&mut self, by: i64, at: Duration) {
        if let Some((look, last)) = self.seen.zip(self.pieces.back()) {
            self.begin(Piece { offset: last.offset.saturating_add(by), ..look.at(at) });
        }
    }

    /// From now on this piece applies, also to what was measured earlier and never dated.
    fn begin(&mut self, piece: Piece) {
        let from = self.dated_until.map_or(piece.from, |until| {
            until.saturating_add(1).min(piece.from.saturating_add(AHEAD))
        });
        // Those behind it were never used, except the first, which also applies before its own.
        while self.pieces.len() > 1 && self.pieces.back().is_some_and(|last| last.from >= from) {
            self.pieces.pop_back();
        }
        if let Some(first) = self.pieces.front_mut().filter(|first| first.from >= from) {
            *first = first.moved_to(from.saturating_sub(1));
        }
        if self.pieces.len() == MAX_PIECES {
            self.pieces.pop_front();
        }
        self.pieces.push_back(piece.moved_to(from));
    }

    fn restart(&mut self) {
        self.pieces.clear();
        self.are_unconfirmed = false;
        self.dated_until = None;
    }

    /// The host's time at a moment of the manager, for a reading that keeps it from now on.
    #[must_use]
    pub fn date(&mut self, manager_micros: i64) -> Option<Timestamp> {
        let timestamp = self.host_time(manager_micros)?;
        self.dated_until = self.dated_until.max(Some(manager_micros));
        Some(timestamp)
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
        let passed = self.passed(earlier);
        let gone_on = self.manager_micros.saturating_sub(earlier.manager_micros);
        let drift = passed / 1000;
        let uncertainty = self.uncertainty.saturating_add(earlier.uncertainty);
        let tolerance = TOLERANCE.saturating_add(drift).saturating_add(uncertainty);
        gone_on.saturating_sub(passed).saturating_abs() <= tolerance
    }

    /// The µs since the earlier one.
    fn passed(&self, earlier: &Self) -> i64 {
        micros(self.at.saturating_sub(earlier.at))
    }

    /// Where the manager's clock is by this time since this machine's boot, without an offset.
    fn at(&self, at: Duration) -> Piece {
        let &Self { manager_micros: from, uptime, .. } = self;
        let passed = micros(at.saturating_sub(self.at));
        Piece { from, offset: 0, uptime }.moved_to(from.saturating_add(passed))
    }
}

impl Piece {
    /// What a `getTime` at this moment of the host shows.
    #[must_use]
    pub const fn new(time: &TimeInfo, host: Timestamp) -> Self {
        let from = time.utc.as_micros();
        Self { from, offset: host.as_micros().saturating_sub(from), uptime: time.uptime }
    }

    /// The same offset from another moment on.
    fn moved_to(self, from: i64) -> Self {
        let seconds = from.saturating_sub(self.from).div_euclid(1_000_000);
        let uptime = i64::from(self.uptime).saturating_add(seconds).max(0);
        Self { from, uptime: u32::try_from(uptime).unwrap_or(u32::MAX), ..self }
    }

    /// Whether the manager has been running, and its clock left alone, since the other one.
    pub(crate) fn continues(&self, earlier: &Self) -> bool {
        let by_clock = self.from.saturating_sub(earlier.from);
        let by_uptime = (i64::from(self.uptime) - i64::from(earlier.uptime)) * 1_000_000;
        by_uptime >= 0 && by_clock.saturating_sub(by_uptime).saturating_abs() <= JUMP
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
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

    /// This machine's time since boot at the first look.
    const START: Duration = Duration::from_secs(1000);

    /// A map made ten seconds after the manager's boot, at `NOW`.
    struct Rig {
        map: ClockMap,
    }

    impl Rig {
        fn new() -> Self {
            let mut rig = Self { map: ClockMap::default() };
            assert_eq!(rig.map.host_time(BOOT), None);
            assert_eq!(rig.observe(&manager(10), NOW, 0), Observation::First);
            rig
        }

        /// So many seconds after the first look.
        fn observe(&mut self, time: &TimeInfo, host_micros: i64, passed: u64) -> Observation {
            let at = START + Duration::from_secs(passed);
            self.map.observe(time, host(host_micros), 0, at)
        }

        /// The map as it is after a restart of the gateway.
        fn restarted(self) -> Self {
            Self { map: ClockMap::from_pieces(self.map.pieces()) }
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
        let now = START + Duration::from_secs(600);
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
        assert_eq!(rebooted, Observation::Restarted { back: Some(108 * SECOND) });
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
            let back = (!restart).then_some((90_010 - i64::from(uptime)) * SECOND);
            assert_eq!(rebooted, Observation::Restarted { back }, "at an uptime of {uptime}");
            let just_before = i64::from(uptime) - 1;
            assert_eq!(rig.host_time(just_before), Some(host(NOW + 89_999 * SECOND)));
        }
    }

    #[test]
    fn a_managers_clock_that_is_set_starts_anew() {
        let mut rig = Rig::new();
        let mut set = manager(70);
        set.utc = UtcTime::from_micros(NOW + 60 * SECOND);
        let restarted = rig.observe(&set, NOW + 60 * SECOND, 60);
        let back = Some(BOOT - NOW + 10 * SECOND);
        assert_eq!(restarted, Observation::Restarted { back }, "it was set forward");
        assert_eq!(rig.map.host_time(NOW + 61 * SECOND), Some(host(NOW + 61 * SECOND)));
    }

    #[test]
    fn what_was_never_dated_gets_the_new_time_when_the_hosts_clock_is_set() {
        let by = 3600 * SECOND;
        let mut rig = Rig::new();
        let dated = rig.map.date(BOOT + 20 * SECOND);
        assert_eq!(dated, rig.host_time(20));
        rig.map.shift(by, START + Duration::from_secs(12));
        assert_eq!(rig.host_time(20), dated, "it may be stored");
        assert_eq!(rig.host_time(21), Some(host(NOW + 11 * SECOND + by)));
        assert_eq!(rig.observe(&manager(30), NOW + 20 * SECOND + by, 20), Observation::Kept);
        assert_eq!(rig.restarted().host_time(21), Some(host(NOW + 11 * SECOND + by)));
    }

    #[test]
    fn a_clock_that_is_set_again_and_again_leaves_what_was_dated() {
        let mut rig = Rig::new();
        let dated = rig.map.date(BOOT + 5 * SECOND);
        for by in [SECOND, -7200 * SECOND, 3600 * SECOND] {
            rig.map.shift(by, START);
        }
        assert_eq!(rig.map.pieces().count(), 2, "pieces that were never used go");
        assert_eq!(rig.host_time(5), dated, "though the first look was later");
        assert_eq!(rig.host_time(6), Some(host(NOW - 3603 * SECOND)));
        for step in 0..100_i64 {
            let second = 10 + step;
            let shifted = -3599 + step * 3600;
            let expected = Some(host(NOW + (step + shifted) * SECOND));
            assert_eq!(rig.map.date(BOOT + second * SECOND), expected);
            rig.map.shift(3600 * SECOND, START + Duration::from_secs(step.unsigned_abs()));
        }
        assert_eq!(rig.map.pieces().count(), MAX_PIECES);
        let shifted = -3599 + 100 * 3600;
        let at = NOW + (190 + shifted) * SECOND;
        assert_eq!(rig.observe(&manager(200), at, 190), Observation::Kept);
    }

    #[test]
    fn sleep_of_this_machine_is_no_reboot_of_the_manager() {
        let mut rig = Rig::new();
        let slept = rig.observe(&manager(7210), NOW + 7200 * SECOND, 7200);
        assert_eq!(slept, Observation::Kept);
    }

    #[test]
    fn a_look_while_the_clock_is_wrong_sees_a_reboot_and_by_how_much_the_clock_went_back() {
        let mut map = ClockMap::default();
        let at = |passed| START + Duration::from_secs(passed);
        assert_eq!(map.look(&manager(100), 0, at(0)), None);
        assert_eq!(map.look(&manager(110), 0, at(10)), None);
        assert_eq!(map.look(&manager(3), 0, at(20)), Some(117 * SECOND));
        assert_eq!(map.host_time(BOOT), None);
        assert_eq!(map.observe(&manager(13), host(NOW), 0, at(30)), Observation::First);
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
        let now = START;
        for (secs, host_micros) in [(i64::MIN, i64::MAX), (i64::MAX, i64::MIN)] {
            wild.utc.secs = secs;
            map.observe(&wild, host(host_micros), i64::MAX, now);
            assert!(map.host_time(i64::MAX).is_some() && map.host_time(i64::MIN).is_some());
        }
    }
}
