use core::fmt;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::thread;

use crate::{Noted, Stored};

/// What has become of the readings that a manager has sent.
///
/// A stored reading is recognised by its mote, its temperature and its time, to the microsecond.
/// Its time is that of the measurement, off by what the gateway could not know of the manager's
/// clock: the same for every reading that one look at that clock has dated. So there are as many
/// such *shifts* as looks that changed the gateway's clock map, and with a shift known there is no
/// tolerance left in which a missing reading could hide behind its neighbour.
#[derive(Clone, Debug, Default)]
pub struct Reckoning {
    /// How many the manager has sent, each counted once.
    pub sent: usize,
    /// How many of those the gateway has acknowledged.
    pub acknowledged: usize,
    /// How many are stored.
    pub stored: usize,
    /// Acknowledged, and not stored.
    pub missing: Vec<Noted>,
    /// How many of those are where, if that was looked at.
    pub places: BTreeMap<String, usize>,
    /// Stored, and not acknowledged: what was on its way when something ended.
    pub unacknowledged: Vec<Noted>,
    /// Stored though never sent: the same reading under another time or temperature.
    pub twice: Vec<Stored>,
    /// How far stored times are from those of the measurements, in µs.
    pub shifts: Vec<i64>,
}

/// A mote and a temperature in millionths of a degree: what two readings must share to be one.
type Likeness = (String, i64);

impl Reckoning {
    /// Compares what was sent and what was acknowledged of it with what is stored. The gateway's
    /// clock was off by one of `offsets`, and each shift is that, give or take `furthest`, all in
    /// µs: whatever is further away is another reading of the mote, that happened to be as warm.
    ///
    /// # Panics
    /// If a time is stored twice for a mote, or what was acknowledged was never sent.
    #[must_use]
    pub fn new(
        sent: &[Noted],
        acknowledged: &[Noted],
        stored: &[Stored],
        offsets: &[i64],
        furthest: i64,
    ) -> Self {
        let mut reckoning = Self {
            sent: sent.len(),
            acknowledged: acknowledged.len(),
            stored: stored.len(),
            ..Self::default()
        };
        let mut left = by_time(stored);
        let mut boots: BTreeMap<i64, Vec<&Noted>> = BTreeMap::new();
        for reading in sent {
            boots.entry(reading.boot()).or_default().push(reading);
        }
        let identity = |reading: &Noted| (reading.mac.clone(), reading.host_micros);
        let mut found = HashSet::new();
        for mut unmatched in boots.into_values() {
            while let Some(shift) = commonest_shift(&unmatched, &left, offsets, furthest) {
                reckoning.shifts.push(shift);
                unmatched.retain(|reading| {
                    let is_stored = left.get_mut(&likeness(&reading.mac, reading.temperature));
                    let is_stored =
                        is_stored.is_some_and(|times| times.remove(&(reading.host_micros + shift)));
                    if is_stored {
                        found.insert(identity(reading));
                    }
                    !is_stored
                });
            }
        }
        reckoning.twice =
            stored.iter().filter(|reading| is_left(reading, &left)).cloned().collect();
        let all: HashSet<_> = acknowledged.iter().map(identity).collect();
        reckoning.missing = acknowledged
            .iter()
            .filter(|reading| !found.contains(&identity(reading)))
            .cloned()
            .collect();
        reckoning.unacknowledged = sent
            .iter()
            .filter(|reading| {
                found.contains(&identity(reading)) && !all.contains(&identity(reading))
            })
            .cloned()
            .collect();
        let known: HashSet<_> = sent.iter().map(identity).collect();
        assert!(all.is_subset(&known), "something was acknowledged that was never sent");
        reckoning
    }

    /// Asserts that the stored readings are just the acknowledged ones, each once.
    ///
    /// # Panics
    /// If they are not.
    pub fn assert_exact(&self) {
        self.assert_exact_but(0);
    }

    /// The same, but so many may be stored whose acknowledgement has not reached the manager, as
    /// something ended while it was on its way.
    ///
    /// # Panics
    /// If it is not so.
    pub fn assert_exact_but(&self, unacknowledged: usize) {
        // A test's thread has its name.
        println!("{}: {self}", thread::current().name().unwrap_or_default());
        assert!(self.missing.is_empty(), "{self}: missing {:?}", self.missing);
        assert!(self.twice.is_empty(), "{self}: twice {:?}", self.twice);
        let unexpected = &self.unacknowledged;
        assert!(unexpected.len() <= unacknowledged, "{self}: unacknowledged {unexpected:?}");
        // Follows from the above; said for whoever reads the test.
        assert_eq!(self.stored, self.acknowledged + self.unacknowledged.len());
    }
}

impl fmt::Display for Reckoning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} sent, {} acknowledged, {} stored, {} missing, {} twice, {} unacknowledged, {} shifts",
            self.sent,
            self.acknowledged,
            self.stored,
            self.missing.len(),
            self.twice.len(),
            self.unacknowledged.len(),
            self.shifts.len(),
        )?;
        for (place, count) in &self.places {
            write!(f, ", {count} of the missing {place}")?;
        }
        match (self.shifts.iter().min(), self.shifts.iter().max()) {
            (Some(least), Some(most)) => write!(f, " of {least} to {most} us"),
            _ => Ok(()),
        }
    }
}

fn likeness(mac: &str, temperature: f64) -> Likeness {
    #[expect(clippy::cast_possible_truncation, reason = "temperatures are small")]
    (mac.to_owned(), (temperature * 1e6).round() as i64)
}

fn micros(reading: &Stored) -> i64 {
    reading.timestamp.parse::<jiff::Timestamp>().expect("RFC 3339").as_microsecond()
}

/// The times of stored readings.
fn by_time(stored: &[Stored]) -> HashMap<Likeness, HashSet<i64>> {
    let mut times: HashMap<_, HashSet<i64>> = HashMap::new();
    let mut seen = HashSet::new();
    for reading in stored {
        let micros = micros(reading);
        assert!(seen.insert((&reading.mac, micros)), "{reading:?} is stored twice");
        times.entry(likeness(&reading.mac, reading.temperature)).or_default().insert(micros);
    }
    times
}

/// The shift by which most readings are found among the stored ones; of several, the one closest
/// to what the clock was off by.
fn commonest_shift(
    unmatched: &[&Noted],
    stored: &HashMap<Likeness, HashSet<i64>>,
    offsets: &[i64],
    furthest: i64,
) -> Option<i64> {
    let distance = |shift: i64| offsets.iter().map(|offset| (shift - offset).abs()).min();
    let mut votes: HashMap<i64, usize> = HashMap::new();
    for reading in unmatched {
        let times = stored.get(&likeness(&reading.mac, reading.temperature));
        let shifts = times.into_iter().flatten().map(|time| time - reading.host_micros);
        for shift in shifts.filter(|&shift| distance(shift).is_some_and(|by| by <= furthest)) {
            *votes.entry(shift).or_default() += 1;
        }
    }
    let commonest = votes
        .into_iter()
        .max_by_key(|&(shift, count)| (count, core::cmp::Reverse((distance(shift), shift))));
    commonest.map(|(shift, _)| shift)
}

fn is_left(reading: &Stored, left: &HashMap<Likeness, HashSet<i64>>) -> bool {
    let times = left.get(&likeness(&reading.mac, reading.temperature));
    times.is_some_and(|times| times.contains(&micros(reading)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn noted(second: i64) -> Noted {
        let mac = "00-17-0d-00-00-31-00-01".to_owned();
        let host_micros = second * SECOND;
        Noted { mac, temperature: 22.97, host_micros, manager_micros: host_micros - 7 }
    }

    fn stored(micros: i64) -> Stored {
        let Noted { mac, temperature, .. } = noted(0);
        let timestamp = jiff::Timestamp::from_microsecond(micros).unwrap().to_string();
        Stored { mac, temperature, timestamp }
    }

    fn reckon(sent: usize, acknowledged: usize, stored: &[Stored]) -> Reckoning {
        let all: Vec<_> = (0..10).map(noted).collect();
        Reckoning::new(&all[..sent], &all[..acknowledged], stored, &[0], 2 * SECOND)
    }

    fn shifted(by: i64) -> Vec<Stored> {
        (0..10).map(|second| stored(second * SECOND + by)).collect()
    }

    #[test]
    fn all_are_found_under_one_shift() {
        let reckoning = reckon(10, 10, &shifted(1234));
        assert_eq!(reckoning.shifts, [1234]);
        reckoning.assert_exact();
    }

    #[test]
    fn what_is_missing_does_not_hide_behind_its_neighbours() {
        let mut few = shifted(1234);
        few.remove(4);
        let reckoning = reckon(10, 10, &few);
        assert_eq!(reckoning.missing, [noted(4)]);
        assert!(std::panic::catch_unwind(|| reckoning.assert_exact()).is_err());
    }

    #[test]
    fn what_is_stored_a_second_time_a_little_later_is_twice() {
        let mut more = shifted(1234);
        more.push(stored(4 * SECOND + 1235));
        let reckoning = reckon(10, 10, &more);
        assert_eq!(reckoning.twice, [stored(4 * SECOND + 1235)]);
        assert!(std::panic::catch_unwind(|| reckoning.assert_exact()).is_err());
    }

    #[test]
    fn what_is_stored_and_not_acknowledged_is_told_from_what_was_never_sent() {
        let reckoning = reckon(10, 9, &shifted(0));
        assert_eq!(reckoning.unacknowledged, [noted(9)]);
        reckoning.assert_exact_but(1);
        assert!(std::panic::catch_unwind(|| reckoning.assert_exact()).is_err());
        assert_eq!(reckon(9, 9, &shifted(0)).twice, [stored(9 * SECOND)]);
    }

    #[test]
    fn a_reading_that_is_as_warm_as_another_is_not_taken_for_it() {
        const HOUR: i64 = 3600 * SECOND;
        // The clock was an hour behind, then three ahead. What was sent last was lost.
        let sent: Vec<_> = [0, 3, 6].map(noted).into();
        let stored = [stored(123 - HOUR), stored(3 * SECOND + 123 + 3 * HOUR)];
        let reckon = |offsets: &[i64], by| Reckoning::new(&sent, &sent[..2], &stored, offsets, by);
        reckon(&[-HOUR, 3 * HOUR], SECOND).assert_exact();
        let anywhere = reckon(&[0], 4 * HOUR);
        assert_eq!(anywhere.missing, [noted(3)], "the last is as near to its time as itself");
    }

    #[test]
    fn another_temperature_is_another_reading() {
        let mut odd = shifted(0);
        odd[3].temperature += 0.01;
        let reckoning = reckon(10, 10, &odd);
        assert_eq!((reckoning.missing.len(), reckoning.twice.len()), (1, 1));
    }
}
