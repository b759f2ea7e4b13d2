use core::ops::Bound;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use readings::{Mac, Timestamp};

use crate::store::Sample;

/// What is known of each mote, in memory: the file is ordered otherwise, so finding it there takes
/// a scan. There are no more than the store's limit of motes.
#[derive(Default)]
pub(super) struct Latest(Mutex<State>);

#[derive(Default)]
struct State {
    motes: BTreeMap<Mac, Mote>,
    /// Those with a temperature.
    reporting: usize,
}

#[derive(Default)]
struct Mote {
    /// The latest temperature.
    last: Option<Sample>,
    /// When there was something else about it: then, or up to [`HEARD`] later.
    heard: Option<Timestamp>,
}

/// Motes of which nothing is known yet.
pub(super) struct Newcomers {
    /// How many there is room for, as far as they were looked at.
    pub(super) admitted: usize,
    /// Those for which there is none.
    pub(super) beyond: BTreeSet<Mac>,
}

/// How far behind the last thing about a mote the file may be, in µs, so that not every write is a
/// write of this too.
pub(super) const HEARD: i64 = 3_600_000_000;

impl Latest {
    /// Starts over with what a file holds.
    pub(super) fn reset(
        &self,
        samples: BTreeMap<Mac, Sample>,
        heard: impl IntoIterator<Item = (Mac, Timestamp)>,
    ) {
        let mut state = State::default();
        for (mac, sample) in samples {
            state.motes.insert(mac, Mote { last: Some(sample), heard: None });
        }
        state.reporting = state.motes.len();
        for (mac, time) in heard {
            state.motes.entry(mac).or_default().heard = Some(time);
        }
        *self.lock() = state;
    }

    /// Takes in temperatures that are stored.
    pub(super) fn update<'a>(&self, samples: impl Iterator<Item = &'a Sample>) {
        let State { motes, reporting } = &mut *self.lock();
        for sample in samples {
            let last = &mut motes.entry(sample.mac).or_default().last;
            match last {
                Some(known) if known.time >= sample.time => {}
                Some(known) => *known = *sample,
                None => {
                    *last = Some(*sample);
                    *reporting += 1;
                }
            }
        }
    }

    /// Of these motes, about which something else than a temperature is to be stored, those for
    /// which that is news: to be stored too, and then to be [heard](Self::hear).
    pub(super) fn news(
        &self,
        heard: impl Iterator<Item = (Mac, Timestamp)>,
    ) -> BTreeMap<Mac, Timestamp> {
        let state = self.lock();
        let mut news: BTreeMap<Mac, Timestamp> = BTreeMap::new();
        for (mac, time) in heard {
            let known =
                state.motes.get(&mac).and_then(|mote| mote.heard).max(news.get(&mac).copied());
            let is_news =
                |known: Timestamp| time.as_micros() > known.as_micros().saturating_add(HEARD);
            if known.is_none_or(is_news) {
                news.insert(mac, time);
            }
        }
        news
    }

    /// Takes in what was stored.
    pub(super) fn hear(&self, news: BTreeMap<Mac, Timestamp>) {
        let mut state = self.lock();
        for (mac, time) in news {
            state.motes.entry(mac).or_default().heard = Some(time);
        }
    }

    /// Which motes of `count` records are new, and would be more than `limit` in all. If there is
    /// room for all, whatever they are, they are not looked at.
    pub(super) fn newcomers(
        &self,
        limit: usize,
        count: usize,
        macs: impl Iterator<Item = Mac>,
    ) -> Newcomers {
        let state = self.lock();
        let (mut new, mut beyond) = (BTreeSet::new(), BTreeSet::new());
        if state.motes.len().saturating_add(count) > limit {
            for mac in macs.filter(|mac| !state.motes.contains_key(mac)) {
                if new.contains(&mac) {
                    continue;
                }
                let fits = state.motes.len() + new.len() < limit;
                if fits {
                    new.insert(mac)
                } else {
                    beyond.insert(mac)
                };
            }
        }
        Newcomers { admitted: new.len(), beyond }
    }

    /// Forgets temperatures that are older than the first, and motes about which nothing else is
    /// newer than the second; returns those about which there is nothing else any more.
    pub(super) fn forget_before(
        &self,
        readings: Option<Timestamp>,
        others: Option<Timestamp>,
    ) -> Vec<Mac> {
        let State { motes, reporting } = &mut *self.lock();
        let mut unheard = Vec::new();
        motes.retain(|&mac, mote| {
            mote.last = mote.last.filter(|last| readings.is_none_or(|cutoff| last.time >= cutoff));
            let is_heard = |heard: &Timestamp| {
                let latest = heard.as_micros().saturating_add(HEARD);
                others.is_none_or(|cutoff| latest >= cutoff.as_micros())
            };
            if mote.heard.take_if(|heard| !is_heard(heard)).is_some() {
                unheard.push(mac);
            }
            mote.last.is_some() || mote.heard.is_some()
        });
        *reporting = motes.values().filter(|mote| mote.last.is_some()).count();
        unheard
    }

    /// How many motes there are.
    pub(super) fn len(&self) -> usize {
        self.lock().motes.len()
    }

    /// How many motes have temperatures.
    pub(super) fn count(&self) -> usize {
        self.lock().reporting
    }

    /// At most `limit` of these behind `after`.
    pub(super) fn motes(&self, after: Option<Mac>, limit: usize) -> Vec<Mac> {
        self.some(after, limit, |mote| mote.last.is_some())
    }

    /// At most `limit` of all motes behind `after`.
    pub(super) fn known(&self, after: Option<Mac>, limit: usize) -> Vec<Mac> {
        self.some(after, limit, |_| true)
    }

    fn some(&self, after: Option<Mac>, limit: usize, is_meant: fn(&Mote) -> bool) -> Vec<Mac> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let state = self.lock();
        let range = state.motes.range((from, Bound::Unbounded));
        range.filter(|(_, mote)| is_meant(mote)).take(limit).map(|(&mac, _)| mac).collect()
    }

    /// Whether there is such a mote.
    pub(super) fn contains(&self, mac: Mac) -> bool {
        self.lock().motes.contains_key(&mac)
    }

    /// The temperatures of these motes that are not older than `oldest`.
    pub(super) fn of(&self, macs: &[Mac], oldest: Timestamp) -> Vec<Sample> {
        let state = self.lock();
        let samples = macs.iter().filter_map(|mac| state.motes.get(mac)?.last);
        samples.filter(|sample| sample.time >= oldest).collect()
    }

    /// The newest of all.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        let state = self.lock();
        let of = |mote: &Mote| mote.last.map(|sample| sample.time).max(mote.heard);
        state.motes.values().filter_map(of).max()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mac(mote: u8) -> Mac {
        Mac::from([mote; 8])
    }

    fn sample(mote: u8) -> Sample {
        Sample::temperature(mac(mote), Timestamp::from_micros(0), 20.0)
    }

    fn hour(hours: i64) -> Timestamp {
        Timestamp::from_micros(hours * HEARD)
    }

    #[test]
    fn of_new_motes_the_first_have_the_places_that_are_left() {
        let latest = Latest::default();
        latest.update([1].map(sample).iter());
        latest.hear([(mac(1), hour(0)), (mac(2), hour(0))].into());
        let beyond = |limit, motes: &[u8]| -> Vec<u8> {
            let macs = motes.iter().copied().map(mac);
            let found = latest.newcomers(limit, motes.len(), macs);
            found.beyond.into_iter().map(|mac| mac.octets()[0]).collect()
        };
        assert_eq!(beyond(3, &[5, 1, 4, 5, 3, 4, 2]), [3, 4]);
        assert!(beyond(5, &[5, 1, 4, 5, 3, 4, 2]).is_empty());
        assert_eq!(beyond(1, &[1, 3]), [3]);
    }

    #[test]
    fn motes_come_page_by_page() {
        let latest = Latest::default();
        latest.update([3, 1, 0xff, 2].map(sample).iter());
        latest.hear([(mac(7), hour(0))].into());
        let page = |after: Option<u8>| latest.motes(after.map(mac), 3);
        assert_eq!(page(None), [1, 2, 3].map(mac));
        assert_eq!(page(Some(3)), [mac(0xff)]);
        assert_eq!(page(Some(0xff)), []);
        assert_eq!((latest.count(), latest.known(Some(mac(3)), 9)), (4, vec![mac(7), mac(0xff)]));
    }

    #[test]
    fn each_kind_is_forgotten_in_its_own_time() {
        let latest = Latest::default();
        latest.update([1, 2].map(sample).iter());
        latest.hear([(mac(2), hour(0)), (mac(3), hour(5))].into());
        assert_eq!(latest.forget_before(Some(hour(1)), Some(hour(1))), []);
        assert_eq!((latest.count(), latest.known(None, 9)), (0, vec![mac(2), mac(3)]));
        assert_eq!(latest.forget_before(Some(hour(2)), Some(hour(2))), [mac(2)]);
        assert_eq!((latest.known(None, 9), latest.newest()), (vec![mac(3)], Some(hour(5))));
    }

    #[test]
    fn that_a_mote_is_heard_is_news_once_an_hour() {
        let latest = Latest::default();
        let news = |hours: &[i64]| {
            let news = latest.news(hours.iter().map(|&hours| (mac(1), hour(hours))));
            let found = news.values().next().copied();
            latest.hear(news);
            found
        };
        assert_eq!(news(&[5, 3]), Some(hour(5)));
        assert_eq!(news(&[6]), None);
        assert_eq!(news(&[7]), Some(hour(7)));
    }
}
