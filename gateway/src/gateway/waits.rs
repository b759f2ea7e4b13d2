use core::time::Duration;
use std::time::Instant;

/// A notification that comes so long after the last acknowledgement did not wait for that.
const TURNAROUND: Duration = Duration::from_millis(100);

/// For how long the shortest way of a reading counts, at least: a mesh changes, and clocks drift.
const LOOK_BACK: Duration = Duration::from_secs(60);

/// How long notifications wait in the manager, which sends the next reliable one only when the
/// last is acknowledged.
///
/// It does not say, but there are two bounds. A notification cannot have waited for longer than
/// ever since one came that did not wait; and if it has, its reading is older, on its arrival, than
/// those that take the shortest way.
#[derive(Debug)]
pub(super) struct Waits {
    /// The zero of arrivals.
    begun: Instant,
    acknowledged: Option<Instant>,
    /// When one came last that had not waited.
    busy_since: Instant,
    /// The least that arrivals were behind the manager's clock, in µs: lately, and before.
    shortest: [Option<i64>; 2],
    lately_since: Instant,
}

impl Waits {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            begun: now,
            acknowledged: None,
            busy_since: now,
            shortest: [None; 2],
            lately_since: now,
        }
    }

    /// A session begins. What the manager has kept since the last one has not waited for us.
    pub(super) const fn begin(&mut self, now: Instant) {
        *self = Self { begun: self.begun, ..Self::new(now) };
    }

    pub(super) const fn acknowledge(&mut self, now: Instant) {
        self.acknowledged = Some(now);
    }

    /// A notification has come, whose newest reading was measured at this moment of the manager's
    /// clock. Returns when it was due: when it would have come if the line had been free.
    pub(super) fn hear(&mut self, now: Instant, measured: Option<i64>) -> Instant {
        let lag = measured.map(|measured| self.note_lag(now, measured));
        let is_free =
            self.acknowledged.is_some_and(|at| now.saturating_duration_since(at) > TURNAROUND);
        if is_free {
            self.busy_since = now;
        }
        let busy = now.saturating_duration_since(self.busy_since);
        let waited = lag.map_or(busy, |lag| lag.min(busy));
        now.checked_sub(waited).unwrap_or(now)
    }

    /// How much older a reading is than those that took the shortest way.
    fn note_lag(&mut self, now: Instant, measured: i64) -> Duration {
        let since = now.saturating_duration_since(self.begun).as_micros();
        let lag = i64::try_from(since).unwrap_or(i64::MAX).saturating_sub(measured);
        if now.saturating_duration_since(self.lately_since) >= LOOK_BACK {
            self.lately_since = now;
            self.shortest = [None, self.shortest[0]];
        }
        self.shortest[0] = Some(self.shortest[0].map_or(lag, |shortest| shortest.min(lag)));
        let shortest = self.shortest.into_iter().flatten().min().unwrap_or(lag);
        Duration::from_micros(lag.saturating_sub(shortest).try_into().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A manager of which the readings take a while through the mesh, and a client that takes a
    /// while to acknowledge each. Returns how long each notification waited, and for how long it
    /// was thought to have.
    fn run(arrivals: &[u64], takes: u64) -> Vec<(u64, u64)> {
        let begun = Instant::now();
        let mut waits = Waits::new(begun);
        let (mut free, mut found) = (0, Vec::new());
        for &arrival in arrivals {
            let sent = free.max(arrival);
            let now = begun + Duration::from_millis(sent);
            let measured = i64::try_from(arrival).unwrap() * 1000 - 300_000;
            let thought = now - waits.hear(now, Some(measured));
            found.push((sent - arrival, thought.as_millis().try_into().unwrap()));
            free = sent + takes;
            waits.acknowledge(begun + Duration::from_millis(free));
        }
        found
    }

    #[test]
    fn what_waits_for_the_line_is_found() {
        let arrivals: Vec<u64> = (1..200).map(|number| number * 100).collect();
        for takes in [1, 50, 99, 120, 400] {
            for (waited, thought) in run(&arrivals, takes) {
                assert_eq!(waited, thought, "{takes}");
            }
        }
    }

    #[test]
    fn a_slow_mesh_is_no_wait_while_the_line_is_free() {
        let (begun, mut waits) = (Instant::now(), Waits::new(Instant::now()));
        for number in 0..20 {
            let now = begun + Duration::from_secs(number);
            // Every other reading takes nine seconds longer.
            let measured = i64::try_from(number).unwrap() * 1_000_000
                - if number % 2 == 0 { 9_000_000 } else { 0 };
            assert_eq!(waits.hear(now, Some(measured)), now);
            waits.acknowledge(now + Duration::from_millis(300));
        }
    }

    #[test]
    fn what_a_manager_kept_without_a_session_is_due_with_the_session() {
        let (begun, mut waits) = (Instant::now(), Waits::new(Instant::now()));
        waits.hear(begun, Some(0));
        let later = begun + Duration::from_secs(3600);
        waits.begin(later);
        let now = later + Duration::from_secs(1);
        assert_eq!(waits.hear(now, Some(1_000_000)), now, "the first is the measure");
        let next = now + Duration::from_millis(10);
        waits.acknowledge(now);
        assert!(next - waits.hear(next, Some(0)) <= next - later);
    }
}
