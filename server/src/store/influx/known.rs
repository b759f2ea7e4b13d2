use core::ops::Bound;
use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use readings::Mac;

use super::client::Client;
use super::{Engine, export, influxql};
use crate::store::{Sample, StoreError};

/// Age at which the list is asked for again: other servers add to it, and time takes from it.
const MAX_AGE: Duration = Duration::from_secs(10);

/// The same after it did not answer.
const PAUSE: Duration = Duration::from_secs(2);

/// The motes that the engine has, as far as it was asked, and those that were written since.
#[derive(Default)]
pub(super) struct Known(Mutex<State>);

#[derive(Default)]
struct State {
    macs: BTreeSet<Mac>,
    /// Written since the engine was asked the last time but one: it may not tell of them yet.
    recent: [BTreeSet<Mac>; 2],
    asked: Option<(Instant, Result<(), StoreError>)>,
}

impl Known {
    /// Asks the engine, unless that was just now. Those who come meanwhile wait for the answer.
    pub(super) fn refresh(
        &self,
        client: &Client,
        engine: Engine,
        limit: usize,
    ) -> Result<(), StoreError> {
        let mut state = self.lock();
        if let Some((asked, answer)) = &state.asked
            && asked.elapsed() < if answer.is_ok() { MAX_AGE } else { PAUSE }
        {
            return answer.clone();
        }
        let macs = match engine {
            Engine::InfluxDb => influxql::macs(client, limit),
            Engine::VictoriaMetrics => export::macs(client, limit),
        };
        let answer = macs.map(|macs| state.replace(macs));
        state.asked = Some((Instant::now(), answer.clone()));
        answer
    }

    /// Which motes of the samples would be more than `limit` in all. The others are known from now
    /// on.
    pub(super) fn admit(&self, limit: usize, samples: &[Sample]) -> BTreeSet<Mac> {
        let mut state = self.lock();
        let mut beyond = BTreeSet::new();
        for &Sample { mac, .. } in samples {
            if state.macs.contains(&mac) {
                continue;
            }
            if state.macs.len() < limit {
                state.macs.insert(mac);
                state.recent[0].insert(mac);
            } else {
                beyond.insert(mac);
            }
        }
        beyond
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.lock().macs.len()
    }

    /// At most `limit` of them behind `after`.
    pub(super) fn motes(&self, after: Option<Mac>, limit: usize) -> Vec<Mac> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.lock().macs.range((from, Bound::Unbounded)).take(limit).copied().collect()
    }

    /// Whether there is such a mote.
    pub(super) fn contains(&self, mac: Mac) -> bool {
        self.lock().macs.contains(&mac)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn replace(&mut self, macs: BTreeSet<Mac>) {
        self.macs = macs;
        self.macs.extend(self.recent.iter().flatten());
        let [new, _] = core::mem::take(&mut self.recent);
        self.recent[1] = new;
    }
}

#[cfg(test)]
mod tests {
    use readings::Timestamp;

    use super::*;

    fn mac(mote: u8) -> Mac {
        Mac::from([mote; 8])
    }

    #[test]
    fn there_are_no_more_than_the_limit_and_what_expires_makes_room() {
        let known = Known::default();
        let beyond = |motes: &[u8]| -> Vec<u8> {
            let sample = |&mote| Sample {
                mac: mac(mote),
                time: Timestamp::from_micros(0),
                temperature: 20.0,
            };
            let samples: Vec<_> = motes.iter().map(sample).collect();
            known.admit(3, &samples).into_iter().map(|mac| mac.octets()[0]).collect()
        };
        assert_eq!(beyond(&[5, 1, 5, 2, 3, 4, 1]), [3, 4]);
        // The engine may not tell of what was just written, but then it has to.
        known.lock().replace(BTreeSet::new());
        assert_eq!((beyond(&[3]), known.count()), (vec![3], 3));
        known.lock().replace([mac(1)].into());
        known.lock().replace([mac(1)].into());
        assert!(beyond(&[3]).is_empty());
        assert_eq!(known.motes(None, 9), [mac(1), mac(3)]);
    }
}
