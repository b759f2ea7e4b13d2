//! What was followed and the history may not have yet: it is answered from here, and tells what comes
//! a second time.

use core::time::Duration;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use readings::{Event, Link, Mac, Quantity, Timestamp};

use crate::store::records::time_of;
use crate::store::{EventSelection, LinkKey, LinkSelection, Records, Sample, Selection, key_of};

/// How long what is in the history stays here: longer than an engine keeps what is new from queries
/// (30 s unless it is told otherwise).
const STAY: Duration = Duration::from_secs(60);

/// Most that is kept of all sites, counted as in what waits for a store: some 100 MB. What is older is then missing
/// in answers until the history has it, and nowhere else.
const MOST: usize = 1_000_000;

pub(super) type EventKey = (Timestamp, String, Option<u32>, Option<Mac>);

/// The newest messages of the log, as records: a site's part of what is kept of all.
#[derive(Clone, Default)]
pub(super) struct Recent {
    site: u32,
    all: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    sites: HashMap<u32, Held>,
    posts: VecDeque<Post>,
    weight: usize,
}

/// What is here of a site.
#[derive(Default)]
struct Held {
    samples: BTreeMap<(Quantity, Mac, Timestamp), f64>,
    links: BTreeMap<LinkKey, Link>,
    events: BTreeMap<EventKey, Event>,
}

/// Records that came at once, in the message with this number.
struct Post {
    sequence: u64,
    site: u32,
    came: Instant,
    records: Records,
}

impl Recent {
    /// The same of another site.
    pub(super) fn of_site(&self, site: u32) -> Self {
        Self { site, all: Arc::clone(&self.all) }
    }

    /// Takes up what is in the message with this number; returns the records without those that came
    /// before.
    pub(super) fn hear(&self, sequence: u64, mut records: Records) -> Records {
        let mut inner = self.lock();
        let Held { samples, links, events } = inner.sites.entry(self.site).or_default();
        match &mut records {
            Records::Samples(all) => all.retain(|sample| {
                let key = (sample.quantity, sample.mac, sample.time);
                samples.insert(key, sample.value).is_none()
            }),
            Records::Links(all) => all.retain(|link| links.insert(key_of(link), *link).is_none()),
            Records::Events(all) => {
                all.retain(|event| events.insert(key_of_event(event), event.clone()).is_none());
            }
        }
        inner.weight += records.weight();
        inner.posts.push_back(Post {
            sequence,
            site: self.site,
            came: Instant::now(),
            records: records.clone(),
        });
        while inner.weight > MOST {
            inner.forget_first();
        }
        records
    }

    /// Forgets, of all sites, what has been here for long enough and is in the history, which has all up to `settled`.
    pub(super) fn forget(&self, settled: u64) {
        let mut inner = self.lock();
        while let Some(first) = inner.posts.front()
            && first.sequence <= settled
            && first.came.elapsed() >= STAY
        {
            inner.forget_first();
        }
    }

    /// What a selection of samples has here, by mote and time, in milliseconds.
    pub(super) fn samples(&self, selection: &Selection) -> BTreeMap<(Mac, Timestamp), f64> {
        let Selection { quantity, macs, from, to } = selection;
        let inner = self.lock();
        let mut found = BTreeMap::new();
        let Some(held) = inner.sites.get(&self.site) else { return found };
        let mut add = |first: Mac, last: Mac| {
            let range = (*quantity, first, *from)..(*quantity, last, *to);
            for (&(_, mac, time), &value) in held.samples.range(range) {
                if time >= *from && time < *to {
                    found.insert((mac, millis(time)), value);
                }
            }
        };
        if from >= to {
            return found;
        }
        if macs.is_empty() {
            add(Mac::from([0; 8]), Mac::from([255; 8]));
        }
        macs.iter().for_each(|&mac| add(mac, mac));
        found
    }

    /// What a selection of links has here.
    pub(super) fn links(&self, selection: &LinkSelection) -> BTreeMap<LinkKey, Link> {
        let LinkSelection { macs, kind, from, to, .. } = selection;
        let fits = |link: &&Link| {
            let time = time_of(link.timestamp);
            (*from..*to).contains(&time)
                && (macs.is_empty() || macs.contains(&link.mac))
                && kind.is_none_or(|kind| link.kind == kind)
                && selection.is_measured_enough(link)
        };
        let inner = self.lock();
        let held = inner.sites.get(&self.site).into_iter().flat_map(|held| held.links.values());
        let found = held.filter(fits).map(|link| {
            let time = millis(time_of(link.timestamp));
            ((time, link.mac, link.neighbour, link.kind), Link { timestamp: Some(time), ..*link })
        });
        found.collect()
    }

    /// What a selection of events has here, newest first.
    pub(super) fn events(&self, selection: &EventSelection) -> Vec<Event> {
        let EventSelection { names, from, to, .. } = selection;
        let fits = |event: &&Event| {
            (*from..*to).contains(&time_of(event.timestamp))
                && (names.is_empty() || names.contains(&event.name))
                && selection.is_about(event.mac, event.neighbour)
        };
        let inner = self.lock();
        let cut = |event: &Event| {
            let timestamp = Some(millis(time_of(event.timestamp)));
            Event { timestamp, ..event.clone() }
        };
        let held = inner.sites.get(&self.site).into_iter();
        let held = held.flat_map(|held| held.events.values().rev());
        held.filter(fits).map(cut).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn forget_first(&mut self) {
        let Some(Post { site, records, .. }) = self.posts.pop_front() else { return };
        self.weight -= records.weight();
        let Some(held) = self.sites.get_mut(&site) else { return };
        match records {
            Records::Samples(all) => {
                for Sample { mac, quantity, time, .. } in all {
                    held.samples.remove(&(quantity, mac, time));
                }
            }
            Records::Links(all) => {
                for link in all {
                    held.links.remove(&key_of(&link));
                }
            }
            Records::Events(all) => {
                for event in all {
                    held.events.remove(&key_of_event(&event));
                }
            }
        }
        if held.samples.is_empty() && held.links.is_empty() && held.events.is_empty() {
            self.sites.remove(&site);
        }
    }
}

/// What tells this event from others.
pub(super) fn key_of_event(event: &Event) -> EventKey {
    (time_of(event.timestamp), event.name.clone(), event.number, event.mac)
}

/// A time as the history will tell it, so that an answer says the same before and after.
pub(super) fn millis(time: Timestamp) -> Timestamp {
    Timestamp::from_micros(time.as_micros().div_euclid(1000) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(mote: u8, micros: i64) -> Sample {
        Sample::temperature(Mac::from([mote; 8]), Timestamp::from_micros(micros), 20.0)
    }

    #[test]
    fn what_comes_again_is_not_new() {
        let recent = Recent::default();
        let (one, two) = (sample(1, 1), sample(1, 2));
        assert_eq!(recent.hear(1, vec![one].into()), vec![one].into());
        assert_eq!(recent.hear(2, vec![one, two].into()), vec![two].into());
        assert_eq!(recent.hear(3, vec![two].into()), Vec::<Sample>::new().into());
    }

    #[test]
    fn a_selection_is_found_in_milliseconds_by_mote_and_time() {
        let recent = Recent::default();
        let all = vec![sample(2, 5_400), sample(1, 7_000), sample(1, 3_000), sample(1, 9_000)];
        recent.hear(1, all.into());
        let selection = |macs: Vec<Mac>| Selection {
            quantity: Quantity::TEMPERATURE,
            macs,
            from: Timestamp::from_micros(3_000),
            to: Timestamp::from_micros(9_000),
        };
        let found = |macs| {
            let found = recent.samples(&selection(macs));
            found.keys().map(|(mac, time)| (mac.octets()[0], time.as_micros())).collect::<Vec<_>>()
        };
        assert_eq!(found(Vec::new()), [(1, 3_000), (1, 7_000), (2, 5_000)]);
        assert_eq!(found(vec![Mac::from([2; 8])]), [(2, 5_000)]);
    }

    #[test]
    fn there_is_a_bound_and_nothing_stays_behind() {
        let recent = Recent::default();
        for n in 0..300 {
            let samples: Vec<Sample> = (0..10_000).map(|it| sample(1, n * 10_000 + it)).collect();
            recent.hear(u64::try_from(n).unwrap(), samples.into());
        }
        let inner = recent.lock();
        let held = inner.sites.get(&0).unwrap();
        assert_eq!((held.samples.len(), inner.weight, inner.posts.len()), (MOST, MOST, 100));
    }

    #[test]
    fn nothing_is_forgotten_that_has_just_come_or_is_nowhere_else() {
        let recent = Recent::default();
        recent.hear(1, vec![sample(1, 1)].into());
        recent.forget(1);
        recent.lock().posts[0].came -= STAY;
        recent.forget(0);
        assert_eq!(recent.lock().sites.len(), 1);
        recent.forget(1);
        assert!(recent.lock().sites.is_empty());
    }

    #[test]
    fn what_is_of_another_site_is_another_reading() {
        let recent = Recent::default();
        let other = recent.of_site(7);
        let one = || -> Records { vec![sample(1, 3_000)].into() };
        assert_eq!((recent.hear(1, one()), other.hear(1, one())), (one(), one()));
        assert_eq!(other.hear(2, one()).len(), 0);
        recent.lock().posts[0].came -= STAY;
        recent.forget(1);
        let selection = Selection {
            quantity: Quantity::TEMPERATURE,
            macs: Vec::new(),
            from: Timestamp::from_micros(0),
            to: Timestamp::from_micros(9_000),
        };
        assert_eq!((recent.samples(&selection).len(), other.samples(&selection).len()), (0, 1));
    }
}
