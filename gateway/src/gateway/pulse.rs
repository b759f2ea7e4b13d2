use core::time::Duration;
use std::time::Instant;

use manager_core::Session;
use manager_core::session::LostReason;

use super::Gateway;

/// Usual intervals without a sign of life after which the manager is asked for one.
const MISSED: u32 = 3;

/// The least and the most that is waited for before it is asked. After the most it is asked how many
/// motes there are anyway.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(60));

/// For how long the longest interval counts as usual, at least.
const LOOK_BACK: Duration = Duration::from_secs(60);

/// A session asks six times, half a second apart. Whoever has said nothing at all for most of that is
/// not there.
const UNANSWERED: Duration = Duration::from_millis(2500);

/// How long a link is kept on which nobody grants a session: a driver may hide that its device is
/// gone, and a network that the peer is.
const GREETING: Duration = Duration::from_secs(60);

/// Signs of life on the line, which may be dead without an error: a hub that hangs, a peer behind a
/// network, a driver that hides the unplugging. A sign of life is a whole frame.
#[derive(Debug)]
pub(super) struct Pulse {
    /// The last one, or when the link was made.
    heard: Instant,
    /// When a notification came last in this session.
    reported: Option<Instant>,
    /// The longest interval between two: lately, and before.
    longest: [Option<Duration>; 2],
    lately_since: Instant,
    /// How often the manager was asked since.
    asked: u32,
}

impl Pulse {
    /// A link is there.
    pub(super) const fn new(now: Instant) -> Self {
        Self { heard: now, reported: None, longest: [None; 2], lately_since: now, asked: 0 }
    }

    /// A session begins: how long there was none is no interval.
    pub(super) const fn begin(&mut self, now: Instant) {
        *self = Self::new(now);
    }

    /// A frame has come.
    pub(super) const fn beat(&mut self, now: Instant) {
        self.heard = now;
    }

    /// A notification has come.
    pub(super) fn report(&mut self, now: Instant) {
        self.asked = 0;
        let Some(last) = self.reported.replace(now) else { return };
        if now.saturating_duration_since(self.lately_since) >= LOOK_BACK {
            self.lately_since = now;
            self.longest = [None, self.longest[0]];
        }
        let interval = now.saturating_duration_since(last);
        self.longest[0] = self.longest[0].max(Some(interval));
    }

    /// When the manager is to be asked for a sign of life; `None` as long as nothing is usual. What
    /// has had an answer is not asked again as soon: motes may be off.
    pub(super) fn suspected(&self) -> Option<Instant> {
        let usual = self.longest.into_iter().flatten().max()?;
        let (least, most) = PATIENCE;
        let patience = usual.saturating_mul(MISSED).clamp(least, most);
        Some(self.heard + patience.saturating_mul(1 << self.asked.min(5)).min(most))
    }

    /// When a link is given up on which nobody has granted a session.
    pub(super) fn given_up(&self, session: &Session) -> Option<Instant> {
        (!session.is_connected()).then(|| self.heard + GREETING)
    }

    /// Whether a question that was not answered means that nobody is there.
    fn is_dead(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.heard) >= UNANSWERED
    }
}

impl Gateway {
    /// When the line is suspected. It cannot be while it is not listened to, or a question is under
    /// way already.
    pub(super) fn next_suspicion(&self) -> Option<Instant> {
        let may_ask = self.subscribed && self.deliveries.are_safe();
        let is_free = self.line.session.is_ready() && !self.survey.is_under_way();
        (may_ask && is_free).then(|| self.line.pulse.suspected()).flatten()
    }

    /// Asks for a sign of life, if it is time.
    pub(super) fn suspect(&mut self, now: Instant) {
        if self.next_suspicion().is_some_and(|at| at <= now) {
            tracing::debug!("the line is silent; asking the manager");
            self.line.pulse.asked += 1;
            self.survey.calendar.hasten(now);
        }
    }

    /// Whether the session is lost because the line is dead.
    pub(super) fn is_line_dead(&self, reason: LostReason) -> bool {
        matches!(reason, LostReason::NoResponse(_)) && self.line.pulse.is_dead(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn heard_every(interval: Duration, times: u32) -> (Pulse, Instant) {
        let start = Instant::now();
        let mut pulse = Pulse::new(start);
        for number in 0..times {
            let now = start + number * interval;
            pulse.beat(now);
            pulse.report(now);
        }
        (pulse, start + times.saturating_sub(1) * interval)
    }

    #[test]
    fn a_line_is_suspected_after_three_of_its_usual_intervals() {
        for (every, after) in [(4, 12), (10, 30), (20, 60)] {
            let (pulse, last) = heard_every(every * SECOND, 5);
            assert_eq!(pulse.suspected(), Some(last + after * SECOND), "{every}");
        }
    }

    #[test]
    fn neither_at_once_nor_after_hours() {
        let (pulse, last) = heard_every(SECOND / 100, 5);
        assert_eq!(pulse.suspected(), Some(last + PATIENCE.0));
        let (pulse, last) = heard_every(3600 * SECOND, 5);
        assert_eq!(pulse.suspected(), Some(last + PATIENCE.1));
    }

    #[test]
    fn where_nothing_is_usual_nothing_is_suspected() {
        for times in [0, 1] {
            assert_eq!(heard_every(SECOND, times).0.suspected(), None);
        }
        let (mut pulse, last) = heard_every(SECOND, 5);
        pulse.begin(last);
        pulse.report(last + 100 * SECOND);
        assert_eq!(pulse.suspected(), None, "there was no session meanwhile");
    }

    #[test]
    fn motes_that_report_together_are_one_pulse() {
        let start = Instant::now();
        let mut pulse = Pulse::new(start);
        for round in 0..20 {
            for mote in 0..30 {
                let now = start + round * 10 * SECOND + mote * SECOND / 100;
                pulse.beat(now);
                pulse.report(now);
            }
        }
        let suspected = pulse.suspected().unwrap();
        assert!(suspected > start + 190 * SECOND + 25 * SECOND);
    }

    #[test]
    fn what_answers_and_reports_nothing_is_asked_less_and_less() {
        let (mut pulse, mut now) = heard_every(4 * SECOND, 5);
        let mut waited = Vec::new();
        for _ in 0..5 {
            let at = pulse.suspected().unwrap();
            waited.push((at - now).as_secs());
            now = at;
            pulse.asked += 1;
            pulse.beat(now);
        }
        assert_eq!(waited, [12, 24, 48, 60, 60]);
        pulse.report(now);
        assert!(pulse.suspected().is_some_and(|at| at >= now + 12 * SECOND));
    }

    #[test]
    fn a_link_without_a_session_is_given_up_but_not_soon() {
        let (pulse, last) = heard_every(SECOND, 3);
        assert_eq!(pulse.given_up(&Session::new()), Some(last + GREETING));
        assert!(pulse.is_dead(last + 3 * SECOND) && !pulse.is_dead(last + 2 * SECOND));
    }
}
