use core::ops::Bound;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use readings::{Mac, Quantity, Timestamp};
use tokio::sync::watch;

use crate::store::{Label, Records, Sample};

/// Every mote with its latest temperature and its label. What was before this server began is asked of the
/// history once.
#[derive(Default)]
pub(super) struct Motes {
    inner: Mutex<Inner>,
    is_whole: watch::Sender<bool>,
}

#[derive(Default)]
struct Inner {
    reporting: BTreeMap<Mac, Sample>,
    /// Those of which there is anything else.
    others: BTreeSet<Mac>,
    labels: BTreeMap<Mac, String>,
}

impl Motes {
    /// Records are stored.
    pub(super) fn hear(&self, records: &Records) {
        let mut inner = self.lock();
        match records {
            Records::Samples(samples) => inner.hear(samples),
            others => inner.others.extend(others.macs()),
        }
    }

    /// What the history has.
    pub(super) fn learn(&self, latest: &[Sample], others: &[Mac]) {
        let mut inner = self.lock();
        inner.hear(latest);
        inner.others.extend(others);
    }

    /// Everything that the history has was learned.
    pub(super) fn set_whole(&self) {
        self.is_whole.send_replace(true);
    }

    /// Whether it was, or is within this time.
    pub(super) async fn is_whole(&self, patience: Duration) -> bool {
        let mut is_whole = self.is_whole.subscribe();
        let waited = is_whole.wait_for(|&it| it);
        tokio::time::timeout(patience, waited).await.is_ok_and(|waited| waited.is_ok())
    }

    /// Indices of the records whose motes would be more than `limit` in all, ascending. The others are
    /// known from now on. Other servers may let in as many at the same time.
    pub(super) fn beyond(&self, records: &Records, limit: usize) -> Vec<usize> {
        let mut inner = self.lock();
        // Counted once, and only if there is a new one: mostly there is none.
        let mut count = None;
        let mut beyond = Vec::new();
        for index in 0..records.len() {
            let Some(mac) = records.mac(index) else { continue };
            if inner.contains(mac) {
                continue;
            }
            let count = count.get_or_insert_with(|| inner.count_all());
            if *count < limit {
                inner.others.insert(mac);
                *count += 1;
            } else {
                beyond.push(index);
            }
        }
        beyond
    }

    /// How many have temperatures.
    pub(super) fn count(&self) -> usize {
        self.lock().reporting.len()
    }

    /// At most `limit` of them, behind `after`.
    pub(super) fn reporting(&self, after: Option<Mac>, limit: usize) -> Vec<Mac> {
        self.lock().reporting.range(behind(after)).map(|(&mac, _)| mac).take(limit).collect()
    }

    /// The same of all.
    pub(super) fn all(&self, after: Option<Mac>, limit: usize) -> Vec<Mac> {
        let inner = self.lock();
        let reporting = inner.reporting.range(behind(after)).map(|(&mac, _)| mac).take(limit);
        let others = inner.others.range(behind(after)).copied().take(limit);
        let some: BTreeSet<Mac> = reporting.chain(others).collect();
        some.into_iter().take(limit).collect()
    }

    /// Whether there is such a mote.
    pub(super) fn contains(&self, mac: Mac) -> bool {
        self.lock().contains(mac)
    }

    /// The latest temperature of each of these, by mote.
    pub(super) fn latest(&self, macs: &BTreeSet<Mac>) -> Vec<Sample> {
        let inner = self.lock();
        macs.iter().filter_map(|mac| inner.reporting.get(mac).copied()).collect()
    }

    /// Somebody has labelled a mote, here or elsewhere.
    pub(super) fn set_label(&self, Label { mac, text }: Label) {
        let mut inner = self.lock();
        if text.is_empty() {
            inner.labels.remove(&mac);
        } else {
            inner.labels.insert(mac, text);
        }
    }

    /// Whether any has one.
    pub(super) fn has_labels(&self) -> bool {
        !self.lock().labels.is_empty()
    }

    pub(super) fn label(&self, mac: Mac) -> Option<String> {
        self.lock().labels.get(&mac).cloned()
    }

    /// Forgets motes of which nothing newer was heard.
    pub(super) fn forget_before(&self, oldest: Timestamp) {
        self.lock().reporting.retain(|_, last| last.time >= oldest);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn hear(&mut self, samples: &[Sample]) {
        for sample in samples {
            if sample.quantity == Quantity::TEMPERATURE {
                let last = self.reporting.entry(sample.mac).or_insert(*sample);
                if last.time < sample.time {
                    *last = *sample;
                }
            } else {
                self.others.insert(sample.mac);
            }
        }
    }

    fn contains(&self, mac: Mac) -> bool {
        self.reporting.contains_key(&mac) || self.others.contains(&mac)
    }

    fn count_all(&self) -> usize {
        let others = self.others.iter().filter(|mac| !self.reporting.contains_key(mac));
        self.reporting.len() + others.count()
    }
}

fn behind(after: Option<Mac>) -> (Bound<Mac>, Bound<Mac>) {
    (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(mote: u8, micros: i64) -> Sample {
        Sample::temperature(Mac::from([mote; 8]), Timestamp::from_micros(micros), 20.0)
    }

    #[test]
    fn the_latest_is_the_latest_whichever_comes_first() {
        let motes = Motes::default();
        motes.hear(&vec![sample(1, 5), sample(2, 7)].into());
        motes.learn(&[sample(1, 9), sample(2, 3), sample(3, 1)], &[]);
        let all = (1..=3).map(|mote| Mac::from([mote; 8])).collect();
        assert_eq!(motes.latest(&all), [sample(1, 9), sample(2, 7), sample(3, 1)]);
        motes.forget_before(Timestamp::from_micros(7));
        assert_eq!((motes.count(), motes.reporting(None, 9).len()), (2, 2));
    }

    #[test]
    fn there_are_no_more_motes_than_the_limit() {
        let motes = Motes::default();
        motes.hear(&vec![sample(1, 1)].into());
        let three: Records = vec![sample(1, 2), sample(2, 1), sample(3, 1), sample(2, 2)].into();
        assert_eq!(motes.beyond(&three, 2), [2]);
        assert_eq!(motes.all(None, 9).len(), 2);
    }
}
