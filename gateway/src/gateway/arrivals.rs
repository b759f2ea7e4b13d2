use std::collections::VecDeque;

use readings::{Record, Timestamp};

use crate::Undated;

/// Notifications that are remembered: a manager sends one after the other.
const MOST: usize = 8;

/// Sessions are counted from 1.
const NO_SESSION: u64 = 0;

/// When notifications came that carry no time.
///
/// One that was not acknowledged comes again, after a session or two perhaps or to the next gateway,
/// and is the same then: it keeps the time of its first arrival, so that it is stored once.
#[derive(Debug)]
pub(super) struct Arrivals<T>(VecDeque<Arrival<T>>);

#[derive(Debug)]
struct Arrival<T> {
    said: T,
    moment: Moment,
    session: u64,
    is_acknowledged: bool,
}

/// A moment by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// By the manager's clock, in µs.
    pub(super) manager_micros: i64,
    /// By the host's, if that is known.
    pub(super) timestamp: Option<Timestamp>,
}

impl Moment {
    /// What is of this moment, with its time by the host's clock, or else by the manager's.
    pub(super) fn date(self, mut records: Vec<Record>) -> Result<Vec<Record>, Vec<Undated>> {
        let Self { manager_micros, timestamp } = self;
        if timestamp.is_none() {
            let undated = records.into_iter().map(|record| Undated { record, manager_micros });
            return Err(undated.collect());
        }
        records.iter_mut().for_each(|record| record.set_timestamp(timestamp));
        Ok(records)
    }
}

impl<T: PartialEq> Arrivals<T> {
    /// This has come to a gateway that is gone. Whether it has acknowledged it is not known.
    pub(super) fn recall(&mut self, said: T, moment: Moment) {
        self.0.push_back(Arrival { said, moment, session: NO_SESSION, is_acknowledged: true });
    }

    /// This has come in the session with this number; `now` is what the clocks show. Returns when
    /// it came first.
    pub(super) fn hear(&mut self, said: &T, session: u64, now: Moment) -> Moment
    where
        T: Clone,
    {
        self.0.retain(|arrival| {
            // In the same session the manager goes on only when it has heard the acknowledgement,
            // and in the next one it begins with what it has not heard of.
            !arrival.is_acknowledged || (arrival.session != session && arrival.said == *said)
        });
        if let Some(arrival) = self.0.iter_mut().find(|arrival| arrival.said == *said) {
            (arrival.session, arrival.is_acknowledged) = (session, false);
            return arrival.moment;
        }
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        let said = said.clone();
        self.0.push_back(Arrival { said, moment: now, session, is_acknowledged: false });
        now
    }

    /// Something else has come: the manager has heard what it was told.
    pub(super) fn hear_other(&mut self) {
        self.0.retain(|arrival| !arrival.is_acknowledged);
    }

    /// The manager is told that what came is safe. It may not hear it.
    pub(super) fn acknowledge(&mut self) {
        self.0.iter_mut().for_each(|arrival| arrival.is_acknowledged = true);
    }

    /// The manager has forgotten what it has sent.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl<T> Default for Arrivals<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(manager_micros: i64) -> Moment {
        Moment { manager_micros, timestamp: None }
    }

    #[test]
    fn what_comes_again_unacknowledged_keeps_its_time() {
        let mut arrivals = Arrivals::default();
        assert_eq!(arrivals.hear(&"lost", 1, at(1)), at(1));
        assert_eq!(arrivals.hear(&"lost", 2, at(2)), at(1));
        arrivals.acknowledge();
        assert_eq!(arrivals.hear(&"lost", 3, at(3)), at(1), "the manager has not heard it");
    }

    #[test]
    fn what_is_said_anew_has_its_own_time() {
        let mut arrivals = Arrivals::default();
        assert_eq!(arrivals.hear(&"report", 1, at(1)), at(1));
        arrivals.acknowledge();
        assert_eq!(arrivals.hear(&"report", 1, at(2)), at(2));
        arrivals.acknowledge();
        arrivals.hear_other();
        assert_eq!(arrivals.hear(&"report", 2, at(3)), at(3), "it has heard that");
        arrivals.clear();
        assert_eq!(arrivals.hear(&"report", 3, at(4)), at(4), "of a manager that has rebooted");
    }

    #[test]
    fn what_came_to_a_gateway_that_was_killed_keeps_its_time_if_it_comes_first() {
        let mut arrivals = Arrivals::default();
        arrivals.recall("lost", at(1));
        assert_eq!(arrivals.hear(&"lost", 1, at(2)), at(1));
        let mut arrivals = Arrivals::default();
        arrivals.recall("lost", at(1));
        assert_eq!(arrivals.hear(&"joined", 1, at(2)), at(2));
        assert_eq!(arrivals.hear(&"lost", 1, at(3)), at(3), "it was acknowledged");
    }

    #[test]
    fn it_is_bounded() {
        let mut arrivals = Arrivals::default();
        for number in 0..100 {
            arrivals.hear(&number, 1, at(number));
        }
        assert_eq!(arrivals.0.len(), MOST);
        assert_eq!(arrivals.hear(&99, 2, at(200)), at(99));
    }
}
