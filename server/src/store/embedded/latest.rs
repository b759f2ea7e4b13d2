use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use readings::{Mac, Timestamp};

use crate::store::Sample;

/// The latest sample of each mote, in memory: the file is ordered by time, so finding them there
/// takes a scan.
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

    /// Forgets the motes whose latest sample is older than `cutoff`.
    pub(super) fn forget_before(&self, cutoff: Timestamp) {
        self.lock().retain(|_, sample| sample.time >= cutoff);
    }

    /// Those not older than `oldest`, by mote.
    pub(super) fn since(&self, oldest: Timestamp) -> Vec<Sample> {
        self.lock().values().filter(|sample| sample.time >= oldest).copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Mac, Sample>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
