//! What the history has answered and may not have on its disk yet.
//!
//! VictoriaMetrics answers when it has records in memory. They are settled when it ran for as long as it may take
//! to write them, and still is the same process. That it ran is seen by looking: one that is halted, or whose machine is, does
//! nothing in that time.

use core::time::Duration;
use std::collections::VecDeque;
use std::time::Instant;

use async_nats::jetstream::message::Acker;

use super::generation::Generation;

/// How long the history may take until what it has answered is on its disk. In VictoriaMetrics 1.79.5 it
/// was there after 10.5 s; asking for a flush (`/internal/force_flush`) does not help.
const SETTLE: Duration = Duration::from_secs(21);

/// Looks at which it must have run meanwhile, which are three seconds apart or more.
const LOOKS: u32 = 6;

/// A message of the log.
pub(super) struct Held {
    pub(super) sequence: u64,
    /// None if it was not the writers' consumer that has delivered it.
    pub(super) acker: Option<Acker>,
}

/// Messages that the history has answered.
#[derive(Default)]
pub(super) struct Unsettled(VecDeque<Written>);

struct Written {
    at: Instant,
    by: Generation,
    looks: u32,
    messages: Vec<Held>,
}

/// What a look at the history has shown.
#[derive(Default)]
pub(super) struct Shown {
    /// These are on its disk.
    pub(super) settled: Vec<Held>,
    /// These may be nowhere but in the log.
    pub(super) lost: Vec<Held>,
}

impl Unsettled {
    /// It has answered these just now, and `by` ran before that.
    pub(super) fn add(&mut self, by: Generation, messages: Vec<Held>) {
        self.0.push_back(Written { at: Instant::now(), by, looks: 0, messages });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, sequence: u64) -> bool {
        self.0.iter().any(|it| it.messages.iter().any(|held| held.sequence == sequence))
    }

    /// Takes out what is settled or lost: the history that has just answered is this one.
    pub(super) fn look(&mut self, now: &Generation) -> Shown {
        let mut shown = Shown::default();
        self.0.retain_mut(|written| {
            written.looks += 1;
            let found = if written.by != *now {
                &mut shown.lost
            } else if written.looks >= LOOKS && written.at.elapsed() >= SETTLE {
                &mut shown.settled
            } else {
                return true;
            };
            found.append(&mut written.messages);
            false
        });
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: [Vec<u64>; 2] = [Vec::new(), Vec::new()];

    fn held(sequence: u64) -> Vec<Held> {
        vec![Held { sequence, acker: None }]
    }

    fn sequences(held: &[Held]) -> Vec<u64> {
        held.iter().map(|held| held.sequence).collect()
    }

    fn look(unsettled: &mut Unsettled, now: &Generation) -> [Vec<u64>; 2] {
        let Shown { settled, lost } = unsettled.look(now);
        [sequences(&settled), sequences(&lost)]
    }

    #[test]
    fn settled_is_what_was_answered_long_ago_by_what_has_run_ever_since() {
        let (first, second) = (Generation::named("1"), Generation::named("2"));
        let mut unsettled = Unsettled::default();
        unsettled.add(first.clone(), held(1));
        unsettled.0[0].at -= SETTLE;
        // It was halted all the time.
        assert_eq!(look(&mut unsettled, &first), NOTHING);
        assert!(unsettled.contains(1) && !unsettled.contains(2));
        for _ in 2..LOOKS {
            assert_eq!(look(&mut unsettled, &first), NOTHING);
        }
        unsettled.add(first.clone(), held(2));
        assert_eq!(look(&mut unsettled, &first), [vec![1], vec![]]);
        for _ in 0..LOOKS {
            assert_eq!(look(&mut unsettled, &first), NOTHING);
        }
        // It has run anew since.
        assert_eq!(look(&mut unsettled, &second), [vec![], vec![2]]);
        assert!(unsettled.is_empty());
    }
}
