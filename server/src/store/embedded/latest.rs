use core::ops::Bound;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use readings::{Mac, Timestamp};

use crate::store::Sample;

/// The latest sample of each mote, in memory: the file is ordered by time, so finding them there
/// takes a scan. There are no more than the store's limit of motes.
#[derive(Default)]
pub(super) struct Latest(Mutex<BTreeMap<Mac, Sample>>);

impl Latest {
    /// Starts over with what a file holds.
    pub(super) fn reset(&self, samples: BTreeMap<Mac, Sample>) {
        *self.lock() = samples;
    }

    /// Takes in samples that are stored.
    pub(super) fn update<'a>(&self, samples: impl Iterator<Item = &'a Sample>) {
        let mut latest = self.lock();
        for sample in samples {
            let known = latest.entry(sample.mac).or_insert(*sample);
            if known.time < sample.time {
                *known = *sample;
            }
        }
    }

    /// Which motes of `count` samples would be more than `limit` in all.
    pub(super) fn beyond<'a>(
        &self,
        limit: usize,
        count: usize,
        samples: impl Iterator<Item = &'a Sample>,
    ) -> BTreeSet<Mac> {
        let latest = self.lock();
        let (mut new, mut beyond) = (BTreeSet::new(), BTreeSet::new());
        // Mostly there is room for all, whatever they are.
        if latest.len() + count > limit {
            for mac in samples.map(|sample| sample.mac).filter(|mac| !latest.contains_key(mac)) {
                if new.contains(&mac) {
                    continue;
                }
                let fits = latest.len() + new.len() < limit;
                if fits {
                    new.insert(mac)
                } else {
                    beyond.insert(mac)
                };
            }
        }
        beyond
    }

    /// Forgets the motes whose latest sample is older than `cutoff`.
    pub(super) fn forget_before(&self, cutoff: Timestamp) {
        self.lock().retain(|_, sample| sample.time >= cutoff);
    }

    /// How many motes there are.
    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    /// At most `limit` motes behind `after`.
    pub(super) fn motes(&self, after: Option<Mac>, limit: usize) -> Vec<Mac> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.lock().range((from, Bound::Unbounded)).take(limit).map(|(&mac, _)| mac).collect()
    }

    /// Whether there is such a mote.
    pub(super) fn contains(&self, mac: Mac) -> bool {
        self.lock().contains_key(&mac)
    }

    /// Those of these motes that are not older than `oldest`.
    pub(super) fn of(&self, macs: &[Mac], oldest: Timestamp) -> Vec<Sample> {
        let latest = self.lock();
        let samples = macs.iter().filter_map(|mac| latest.get(mac));
        samples.filter(|sample| sample.time >= oldest).copied().collect()
    }

    /// The newest of all.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.lock().values().map(|sample| sample.time).max()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Mac, Sample>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(mote: u8) -> Sample {
        let mac = Mac::from([mote; 8]);
        Sample { mac, time: Timestamp::from_micros(0), temperature: 20.0 }
    }

    #[test]
    fn of_new_motes_the_first_have_the_places_that_are_left() {
        let latest = Latest::default();
        latest.update([1, 2].map(sample).iter());
        let beyond = |limit, motes: &[u8]| -> Vec<u8> {
            let samples: Vec<_> = motes.iter().copied().map(sample).collect();
            let beyond = latest.beyond(limit, samples.len(), samples.iter());
            beyond.into_iter().map(|mac| mac.octets()[0]).collect()
        };
        assert_eq!(beyond(3, &[5, 1, 4, 5, 3, 4, 2]), [3, 4]);
        assert!(beyond(5, &[5, 1, 4, 5, 3, 4, 2]).is_empty());
        assert_eq!(beyond(1, &[1, 3]), [3]);
    }

    #[test]
    fn motes_come_page_by_page() {
        let latest = Latest::default();
        latest.update([3, 1, 0xff, 2].map(sample).iter());
        let page = |after: Option<u8>| latest.motes(after.map(|mote| Mac::from([mote; 8])), 3);
        assert_eq!(page(None), [1, 2, 3].map(|mote| Mac::from([mote; 8])));
        assert_eq!(page(Some(3)), [Mac::from([0xff; 8])]);
        assert_eq!(page(Some(0xff)), []);
    }
}
