use core::time::Duration;
use std::time::Instant;

use crate::walk::Scope;

/// Between two questions how many motes there are: until readings come and every mote that is known
/// is there, and after.
const LOOKS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));

/// Between two walks through everything.
const WALKS: Duration = Duration::from_secs(600);

/// A network that has just been reset knows nothing yet.
const AFTER_RESET: Duration = Duration::from_secs(5);

/// After a mote has joined, so that those that join with it are found too; and between two walks
/// while motes join.
const AFTER_JOIN: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(30));

/// When the manager is asked what.
#[derive(Debug, Default)]
pub(in crate::gateway) struct Calendar {
    next_look: Option<Instant>,
    next_names: Option<Instant>,
    next_walk: Option<Instant>,
    last_walk: Option<Instant>,
}

impl Calendar {
    pub(super) fn begin(&mut self, now: Instant) {
        (self.next_look, self.next_walk) = (Some(now), Some(now));
    }

    pub(super) fn end(&mut self) {
        (self.next_look, self.next_names, self.next_walk) = (None, None, None);
    }

    /// A network that has just been reset knows nothing yet.
    pub(super) fn begin_anew(&mut self, now: Instant) {
        self.next_walk = Some(now + AFTER_RESET);
    }

    /// A mote has joined, and has paths now.
    pub(in crate::gateway) fn join(&mut self, now: Instant) {
        let free = self.last_walk.map_or(now, |last| last + AFTER_JOIN.1);
        let at = free.max(now + AFTER_JOIN.0);
        self.next_walk = self.next_walk.map(|next| next.min(at));
    }

    /// The manager is asked something as soon as it can be.
    pub(in crate::gateway) fn hasten(&mut self, now: Instant) {
        self.next_look = self.next_look.map(|next| next.min(now));
    }

    /// A mote's name is missing.
    pub(in crate::gateway) fn look_for_names(&mut self, at: Instant) {
        self.next_names = Some(self.next_names.map_or(at, |next| next.min(at)));
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        [self.next_look, self.next_names, self.next_walk].into_iter().flatten().min()
    }

    /// What is due, if anything; a look is of this scope.
    pub(super) fn due(&self, now: Instant, look: Scope) -> Option<Scope> {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_due(self.next_walk) {
            return Some(Scope::All);
        }
        if is_due(self.next_names) {
            return Some(Scope::Motes);
        }
        is_due(self.next_look).then_some(look)
    }

    /// A walk of this scope begins.
    pub(super) fn walk(&mut self, scope: Scope, now: Instant, are_all_there: bool) {
        self.next_look = Some(now + if are_all_there { LOOKS.1 } else { LOOKS.0 });
        if scope >= Scope::Motes {
            self.next_names = None;
        }
        if scope == Scope::All {
            self.next_walk = Some(now + WALKS);
            self.last_walk = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mote_that_joins_is_walked_to_soon_but_not_each_for_itself() {
        let (mut calendar, now) = (Calendar::default(), Instant::now());
        calendar.join(now);
        assert_eq!(calendar.next_walk, None, "there is no session");
        (calendar.next_walk, calendar.last_walk) = (Some(now + WALKS), Some(now));
        let at = |secs| now + Duration::from_secs(secs);
        for second in 1..20 {
            calendar.join(at(second));
            assert_eq!(calendar.next_walk, Some(at(30)));
        }
        calendar.next_walk = Some(now + WALKS);
        calendar.join(at(100));
        assert_eq!(calendar.next_walk, Some(at(105)));
    }

    #[test]
    fn everything_goes_before_names_and_names_before_a_look() {
        let (mut calendar, now) = (Calendar::default(), Instant::now());
        assert_eq!((calendar.due(now, Scope::Network), calendar.next_due()), (None, None));
        calendar.begin(now);
        calendar.look_for_names(now);
        assert_eq!(calendar.due(now, Scope::Network), Some(Scope::All));
        calendar.next_walk = Some(now + WALKS);
        assert_eq!(calendar.due(now, Scope::Network), Some(Scope::Motes));
        calendar.next_names = None;
        assert_eq!(calendar.due(now, Scope::Network), Some(Scope::Network));
        calendar.next_look = None;
        assert_eq!(calendar.due(now, Scope::Network), None);
        calendar.end();
        assert_eq!(calendar.next_due(), None);
    }
}
