use core::ops::Bound;
use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use readings::Mac;

use super::client::Client;
use super::dialect::Dialect;
use crate::store::StoreError;

/// Age at which the list is asked for again: other servers add to it, and time takes from it.
const MAX_AGE: Duration = Duration::from_secs(10);

/// The same after it did not answer.
const PAUSE: Duration = Duration::from_secs(2);

/// The motes that the engine has, as far as it was asked, and those that were written since.
#[derive(Default)]
pub(super) struct Known(Mutex<State>);

#[derive(Default)]
struct State {
    /// Those with temperatures.
    reporting: Motes,
    /// Those of which there is anything else.
    others: Motes,
    asked: Option<(Instant, Result<(), StoreError>)>,
}

#[derive(Default)]
struct Motes {
    macs: BTreeSet<Mac>,
    /// Written since the engine was asked the last time but one: it may not tell of them yet.
    recent: [BTreeSet<Mac>; 2],
}

impl Known {
    /// Asks the engine, unless that was just now. Those who come meanwhile wait for the answer.
    pub(super) fn refresh(
        &self,
        client: &Client,
        dialect: &dyn Dialect,
        limit: usize,
    ) -> Result<(), StoreError> {
        let mut state = self.lock();
        if let Some((asked, answer)) = &state.asked
            && asked.elapsed() < if answer.is_ok() { MAX_AGE } else { PAUSE }
        {
            return answer.clone();
        }
        let answer = dialect.macs(client, limit).map(|[reporting, others]| {
            state.reporting.replace(reporting);
            state.others.replace(others);
        });
        state.asked = Some((Instant::now(), answer.clone()));
        answer
    }

    /// Which of these motes would be more than `limit` in all; with each comes whether it has a
    /// temperature here. The others are known from now on.
    pub(super) fn admit(
        &self,
        limit: usize,
        macs: impl Iterator<Item = (Mac, bool)>,
    ) -> BTreeSet<Mac> {
        let mut state = self.lock();
        let mut beyond = BTreeSet::new();
        for (mac, is_reporting) in macs {
            let State { reporting, others, .. } = &mut *state;
            let (own, other) =
                if is_reporting { (reporting, &*others) } else { (others, &*reporting) };
            if own.macs.contains(&mac) {
                continue;
            }
            if other.macs.contains(&mac) || own.macs.union(&other.macs).count() < limit {
                own.macs.insert(mac);
                own.recent[0].insert(mac);
            } else {
                beyond.insert(mac);
            }
        }
        beyond
    }

    /// How many have temperatures.
    pub(super) fn count(&self) -> usize {
        self.lock().reporting.macs.len()
    }

    /// At most `limit` of them behind `after`.
    pub(super) fn motes(&self, after: Option<Mac>, limit: usize) -> Vec<Mac> {
        self.lock().reporting.behind(after).take(limit).collect()
    }

    /// At most `limit` of all behind `after`.
    pub(super) fn all(&self, after: Option<Mac>, limit: usize) -> Vec<Mac> {
        let state = self.lock();
        let (reporting, others) = (&state.reporting, &state.others);
        // Each has the first `limit` of both, at the most.
        let some: BTreeSet<Mac> =
            reporting.behind(after).take(limit).chain(others.behind(after).take(limit)).collect();
        some.into_iter().take(limit).collect()
    }

    /// Whether there is such a mote.
    pub(super) fn contains(&self, mac: Mac) -> bool {
        let state = self.lock();
        state.reporting.macs.contains(&mac) || state.others.macs.contains(&mac)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Motes {
    fn behind(&self, after: Option<Mac>) -> impl Iterator<Item = Mac> + '_ {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.macs.range((from, Bound::Unbounded)).copied()
    }

    fn replace(&mut self, macs: BTreeSet<Mac>) {
        self.macs = macs;
        self.macs.extend(self.recent.iter().flatten());
        let [new, _] = core::mem::take(&mut self.recent);
        self.recent[1] = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mac(mote: u8) -> Mac {
        Mac::from([mote; 8])
    }

    #[test]
    fn there_are_no_more_than_the_limit_and_what_expires_makes_room() {
        let known = Known::default();
        let beyond = |motes: &[u8]| -> Vec<u8> {
            let macs = motes.iter().map(|&mote| (mac(mote), true));
            known.admit(3, macs).into_iter().map(|mac| mac.octets()[0]).collect()
        };
        assert_eq!(beyond(&[5, 1, 5, 2, 3, 4, 1]), [3, 4]);
        // The engine may not tell of what was just written, but then it has to.
        known.lock().reporting.replace(BTreeSet::new());
        assert_eq!((beyond(&[3]), known.count()), (vec![3], 3));
        known.lock().reporting.replace([mac(1)].into());
        known.lock().reporting.replace([mac(1)].into());
        assert!(beyond(&[3]).is_empty());
        assert_eq!(known.motes(None, 9), [mac(1), mac(3)]);
    }

    #[test]
    fn one_limit_is_for_motes_of_all_kinds() {
        let known = Known::default();
        let admit = |motes: &[(u8, bool)]| -> Vec<u8> {
            let macs = motes.iter().map(|&(mote, is_reporting)| (mac(mote), is_reporting));
            known.admit(2, macs).into_iter().map(|mac| mac.octets()[0]).collect()
        };
        assert_eq!(admit(&[(1, true), (1, false), (2, false), (3, true), (2, true)]), [3]);
        assert_eq!((known.count(), known.all(None, 9)), (2, vec![mac(1), mac(2)]));
        assert_eq!(known.all(Some(mac(1)), 1), [mac(2)]);
    }
}
