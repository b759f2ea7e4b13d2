use core::time::Duration;
use std::collections::BTreeMap;
use std::time::Instant;

use readings::{Mac, Timestamp};

use crate::repetition::Repetition;

/// Missed notifications after which a mote is silent.
const MISSED: u32 = 3;

/// More motes than any manager has. What claims to be yet another is not watched.
const MAX_MOTES: usize = 1024;

/// When each mote was heard last, and whether it should have been heard since.
#[derive(Debug, Default)]
pub(super) struct Motes(BTreeMap<Mac, Mote>);

#[derive(Debug)]
struct Mote {
    heard: Instant,
    /// The time of its last reading.
    timestamp: Timestamp,
    /// Between two of its notifications, as it says itself.
    interval: Duration,
    silent: bool,
    /// How often it has become silent: one at the edge of the network's reach does so often.
    silences: Repetition,
    /// Whether its last silence was to be said, and so its end is.
    is_said: bool,
}

impl Motes {
    /// A mote has sent a reading. Returns whether it is to be said that it had been silent.
    pub(super) fn hear(
        &mut self,
        mac: Mac,
        timestamp: Timestamp,
        interval: Duration,
        now: Instant,
    ) -> bool {
        if self.0.len() >= MAX_MOTES && !self.0.contains_key(&mac) {
            return false;
        }
        let mote = self.0.entry(mac).or_insert_with(|| Mote {
            heard: now,
            timestamp,
            interval,
            silent: false,
            silences: Repetition::default(),
            is_said: false,
        });
        (mote.heard, mote.timestamp) = (now, timestamp);
        // What has no interval, such as a changed input, does not take the place of one.
        if !interval.is_zero() {
            mote.interval = interval;
        }
        core::mem::take(&mut mote.silent) && mote.is_said
    }

    /// Motes of which it is to be said that they have become silent, with their intervals, and how
    /// often that has happened since it was last said.
    pub(super) fn newly_silent(&mut self, now: Instant) -> Vec<(Mac, Duration, u64)> {
        let overdue = self.0.iter_mut().filter(|(_, mote)| mote.due().is_some_and(|at| at <= now));
        overdue
            .filter_map(|(&mac, mote)| {
                mote.silent = true;
                let times = mote.silences.happen(1, now);
                mote.is_said = times.is_some();
                Some((mac, mote.interval, times?))
            })
            .collect()
    }

    /// Nobody has listened until now, so that silence counts from here.
    pub(super) fn excuse(&mut self, now: Instant) {
        self.0.values_mut().for_each(|mote| mote.heard = now);
    }

    /// When the next mote becomes silent unless it is heard.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.values().filter_map(Mote::due).min()
    }

    pub(super) fn silent(&self) -> usize {
        self.0.values().filter(|mote| mote.silent).count()
    }

    /// Each mote's last reading's time.
    pub(super) fn timestamps(&self) -> impl Iterator<Item = (Mac, Timestamp)> {
        self.0.iter().map(|(&mac, mote)| (mac, mote.timestamp))
    }
}

impl Mote {
    fn due(&self) -> Option<Instant> {
        (!self.silent && !self.interval.is_zero()).then(|| self.heard + self.interval * MISSED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_mote_is_silent_once_after_three_intervals_and_until_it_is_heard() {
        let mac = Mac::from([7; 8]);
        let time = Timestamp::from_micros(5);
        let start = Instant::now();
        let mut motes = Motes::default();
        assert_eq!(motes.next_due(), None);
        assert!(!motes.hear(mac, time, SECOND, start));
        assert_eq!(motes.next_due(), Some(start + 3 * SECOND));
        assert_eq!(motes.newly_silent(start + 2 * SECOND), []);
        assert_eq!(motes.newly_silent(start + 3 * SECOND), [(mac, SECOND, 1)]);
        assert_eq!(motes.newly_silent(start + 9 * SECOND), []);
        assert_eq!((motes.silent(), motes.next_due()), (1, None));
        assert!(motes.hear(mac, time, SECOND, start + 9 * SECOND));
        assert_eq!(motes.silent(), 0);
        assert_eq!(motes.timestamps().collect::<Vec<_>>(), [(mac, time)]);
    }

    #[test]
    fn silence_counts_from_when_somebody_listens() {
        let mac = Mac::from([7; 8]);
        let start = Instant::now();
        let mut motes = Motes::default();
        motes.hear(mac, Timestamp::from_micros(5), SECOND, start);
        motes.excuse(start + 9 * SECOND);
        assert_eq!(motes.newly_silent(start + 11 * SECOND), []);
        assert_eq!(motes.newly_silent(start + 12 * SECOND), [(mac, SECOND, 1)]);
    }

    #[test]
    fn a_mote_that_comes_and_goes_is_said_to_once_a_minute() {
        let mac = Mac::from([7; 8]);
        let time = Timestamp::from_micros(5);
        let start = Instant::now();
        let mut motes = Motes::default();
        let mut said = Vec::new();
        for second in (0..120).step_by(4) {
            let heard = start + second * SECOND;
            let is_said = motes.hear(mac, time, SECOND, heard);
            assert_eq!(is_said, said.last().is_some_and(|&(at, _)| at + 1 == second));
            let silent = motes.newly_silent(heard + 3 * SECOND);
            said.extend(silent.into_iter().map(|(_, _, times)| (second + 3, times)));
            assert_eq!(motes.silent(), 1);
        }
        assert_eq!(said, [(3, 1), (63, 15)]);
    }

    #[test]
    fn a_mote_that_gives_no_interval_is_never_silent() {
        let mut motes = Motes::default();
        let now = Instant::now();
        motes.hear(Mac::from([7; 8]), Timestamp::from_micros(5), Duration::ZERO, now);
        assert_eq!(motes.next_due(), None);
    }
}
