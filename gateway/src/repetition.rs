use core::time::Duration;
use std::time::Instant;

/// Between two lines that say how often it has happened.
const INTERVAL: Duration = Duration::from_secs(60);

/// Something that others can make happen as often as they like: it is said at once, and then
/// counted, and the count is said at most once a minute.
///
/// Whoever has one calls [`happen`](Self::happen) with every occurrence, and
/// [`take_overdue`](Self::take_overdue) now and then, such as in a loop that wakes up anyway, so
/// that the count of what has stopped happening is said too.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Repetition {
    said: Option<Instant>,
    /// How often it has happened since it was said.
    unsaid: u64,
}

impl Repetition {
    /// It has happened so often. Returns how often since it was last said, if it is to be said
    /// now.
    #[must_use]
    pub(crate) fn happen(&mut self, times: u64, now: Instant) -> Option<u64> {
        self.unsaid = self.unsaid.saturating_add(times);
        self.take_overdue(now)
    }

    /// How often it has happened since it was last said, if that is more than never, and a minute
    /// ago.
    #[must_use]
    pub(crate) fn take_overdue(&mut self, now: Instant) -> Option<u64> {
        if self.unsaid == 0 || self.said.is_some_and(|said| now < said + INTERVAL) {
            return None;
        }
        self.said = Some(now);
        Some(core::mem::take(&mut self.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_at_once_and_then_counted_once_a_minute() {
        let (mut repetition, start) = (Repetition::default(), Instant::now());
        let at = |secs| start + Duration::from_secs(secs);
        assert_eq!(repetition.take_overdue(at(0)), None);
        assert_eq!(repetition.happen(3, at(0)), Some(3));
        for second in 1..60 {
            assert_eq!(repetition.happen(1, at(second)), None);
        }
        assert_eq!(repetition.happen(1, at(60)), Some(60));
        assert_eq!(repetition.happen(2, at(61)), None);
        assert_eq!(repetition.take_overdue(at(119)), None);
        assert_eq!(repetition.take_overdue(at(120)), Some(2), "also when it has stopped");
        assert_eq!(repetition.take_overdue(at(999)), None);
        assert_eq!(repetition.happen(1, at(1000)), Some(1), "after a quiet time at once");
    }

    #[test]
    fn what_has_not_happened_is_not_said() {
        assert_eq!(Repetition::default().happen(0, Instant::now()), None);
    }
}
