//! One quantity of one mote, by time. Readings come nearly in the order of their times as a rule, so that they have
//! their place near the end of a row; those that do not are in a tree, so that no order makes them dear.

use core::ops::Range;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use readings::Timestamp;

/// So many readings before the end there still is place for another.
const NEAR: usize = 256;

/// Each with its value, and the number of the message that has brought it first.
#[derive(Default)]
pub(super) struct Timeline {
    row: Vec<(Timestamp, f64, u64)>,
    others: BTreeMap<Timestamp, (f64, u64)>,
}

impl Timeline {
    /// Puts in what a message has brought; false if that time was there, which then has this value.
    pub(super) fn put(&mut self, time: Timestamp, value: f64, sequence: u64) -> bool {
        match self.look_for(time) {
            Ok(index) => {
                self.row[index].1 = value;
                false
            }
            Err(index) if self.row.len() - index <= NEAR && !self.others.contains_key(&time) => {
                self.row.insert(index, (time, value, sequence));
                true
            }
            Err(_) => is_new(self.others.entry(time), value, sequence),
        }
    }

    /// Where in the row a time is or would be. It is looked for from the end: the rest of the row is in memory that has
    /// not been used for long.
    fn look_for(&self, time: Timestamp) -> Result<usize, usize> {
        let mut near = 1;
        let mut begin = self.row.len().saturating_sub(near);
        while begin > 0 && self.row[begin].0 >= time {
            near *= 4;
            begin = self.row.len().saturating_sub(near);
        }
        let found = self.row[begin..].binary_search_by_key(&time, |&(there, ..)| there);
        found.map(|index| begin + index).map_err(|index| begin + index)
    }

    /// What there is of a stretch of time that does not end before it begins, in no order.
    pub(super) fn find(
        &self,
        Range { start, end }: Range<Timestamp>,
    ) -> impl Iterator<Item = (Timestamp, f64)> {
        let index = |time| self.row.partition_point(|&(before, ..)| before < time);
        let row = self.row[index(start)..index(end)].iter();
        let others = self.others.range(start..end).map(|(&time, &(value, _))| (time, value));
        row.map(|&(time, value, _)| (time, value)).chain(others)
    }

    /// Forgets what the messages up to this one have brought.
    pub(super) fn forget(&mut self, last: u64) {
        self.row.retain(|&(.., sequence)| sequence > last);
        if self.row.len() < self.row.capacity() / 4 {
            self.row.shrink_to(2 * self.row.len());
        }
        self.others.retain(|_, (_, sequence)| *sequence > last);
    }

    pub(super) fn len(&self) -> usize {
        self.row.len() + self.others.len()
    }
}

/// Puts a value in its place; the message is that of the first one.
pub(super) fn is_new<K: Ord, V>(place: Entry<'_, K, (V, u64)>, value: V, sequence: u64) -> bool {
    match place {
        Entry::Vacant(place) => {
            place.insert((value, sequence));
            true
        }
        Entry::Occupied(mut place) => {
            place.get_mut().0 = value;
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn all(timeline: &Timeline) -> Vec<i64> {
        let mut all: Vec<_> =
            timeline.find(at(i64::MIN)..at(i64::MAX)).map(|(time, _)| time.as_micros()).collect();
        all.sort_unstable();
        all
    }

    /// Puts these times into a timeline, the first half twice, each in a message of its own.
    fn check(times: &[i64]) {
        let (mut timeline, mut known) = (Timeline::default(), BTreeMap::new());
        for (sequence, &time) in (0_u64..).zip(times.iter().chain(&times[..times.len() / 2])) {
            let (value, is_new) = (fastrand::f64(), !known.contains_key(&time));
            assert_eq!(timeline.put(at(time), value, sequence), is_new);
            known.entry(time).or_insert((value, sequence)).0 = value;
        }
        let last = u64::try_from(times.len()).unwrap() / 3;
        timeline.forget(last);
        known.retain(|_, (_, sequence)| *sequence > last);
        assert_eq!(all(&timeline), known.keys().copied().collect::<Vec<_>>());
        assert_eq!(timeline.len(), known.len());
        let some = timeline.find(at(100)..at(2000));
        assert!(some.into_iter().all(|(time, value)| known[&time.as_micros()].0 == value));
    }

    #[test]
    fn a_time_is_there_once_in_whatever_order_it_comes() {
        let count = 10 * i64::try_from(NEAR).unwrap();
        let mut times: Vec<i64> = (0..count).collect();
        check(&times);
        times.reverse();
        check(&times);
        for _ in 0..5 {
            fastrand::shuffle(&mut times);
            check(&times);
        }
        // Some gateways' in turn, each in order; and a clock that has been far ahead for a moment.
        let turns = (0..count).map(|step| step / 5 + step % 5 * 100);
        let ahead = [i64::MAX - 1, 3];
        check(
            &turns
                .clone()
                .chain(ahead)
                .chain(turns.map(|time| time + count / 2))
                .collect::<Vec<_>>(),
        );
    }

    #[test]
    fn what_is_forgotten_takes_no_room() {
        let mut timeline = Timeline::default();
        (0..100_000).for_each(|time| assert!(timeline.put(at(time), 0.0, 1)));
        assert!(timeline.put(at(100_000), 0.0, 2));
        timeline.forget(1);
        assert_eq!(all(&timeline), [100_000]);
        assert!(timeline.row.capacity() < 10);
    }
}
