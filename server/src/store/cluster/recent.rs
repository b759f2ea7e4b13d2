//! What was followed and the history may not have yet: it is answered from here, and tells what comes
//! a second time.

use core::time::Duration;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use readings::{Event, Link, Mac, Timestamp};

use super::kept::Kept;
use crate::store::{EventSelection, LinkKey, LinkSelection, Records, Selection};

/// How long what is in the history stays here: longer than an engine keeps what is new from queries
/// (30 s unless it is told otherwise).
const STAY: Duration = Duration::from_secs(60);

/// Most that is kept of all sites, counted as in what waits for a store: some 100 MB. What is older is then missing
/// in answers until the history has it, and nowhere else.
const MOST: usize = 1_000_000;

/// The newest messages of the log, as records: a site's part of what is kept of all.
#[derive(Clone, Default)]
pub(super) struct Recent {
    site: u32,
    all: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    sites: HashMap<u32, Kept>,
    messages: VecDeque<Message>,
    weight: usize,
}

/// A message whose number is kept with each of its records.
struct Message {
    sequence: u64,
    came: Instant,
    weight: usize,
}

impl Recent {
    /// The same of another site.
    pub(super) fn of_site(&self, site: u32) -> Self {
        Self { site, all: Arc::clone(&self.all) }
    }

    /// Takes up records of the message with this number; returns them without those that came before.
    pub(super) fn hear(&self, sequence: u64, mut records: Records) -> Records {
        let mut inner = self.lock();
        if inner.messages.back().is_some_and(|last| last.sequence > sequence) {
            // Somebody has made the log anew: these numbers tell nothing any more.
            *inner = Inner::default();
        }
        inner.sites.entry(self.site).or_default().put(sequence, &mut records);
        let weight = records.weight();
        inner.weight += weight;
        match inner.messages.back_mut() {
            Some(last) if last.sequence == sequence => last.weight += weight,
            _ => inner.messages.push_back(Message { sequence, came: Instant::now(), weight }),
        }
        if inner.weight > MOST {
            inner.forget_while(|weight, _| weight > MOST - MOST / 8);
        }
        records
    }

    /// Forgets, of all sites, what has been here for long enough and is in the history, which has all up to `settled`.
    pub(super) fn forget(&self, settled: u64) {
        self.lock()
            .forget_while(|_, first| first.sequence <= settled && first.came.elapsed() >= STAY);
    }

    /// What a selection of samples has here, by mote and time, in milliseconds.
    pub(super) fn samples(&self, selection: &Selection) -> BTreeMap<(Mac, Timestamp), f64> {
        self.look(|kept| kept.find_samples(selection))
    }

    /// What a selection of links has here, in milliseconds.
    pub(super) fn links(&self, selection: &LinkSelection) -> BTreeMap<LinkKey, Link> {
        self.look(|kept| kept.find_links(selection))
    }

    /// What a selection of events has here, newest first, in milliseconds.
    pub(super) fn events(&self, selection: &EventSelection) -> Vec<Event> {
        self.look(|kept| kept.find_events(selection))
    }

    fn look<T: Default>(&self, find: impl FnOnce(&Kept) -> T) -> T {
        self.lock().sites.get(&self.site).map(find).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Forgets the oldest messages while this is said of the weight of all and the oldest.
    fn forget_while(&mut self, is_due: impl Fn(usize, &Message) -> bool) {
        let mut last = None;
        while let Some(first) = self.messages.front()
            && is_due(self.weight, first)
        {
            self.weight -= first.weight;
            last = Some(first.sequence);
            self.messages.pop_front();
        }
        if let Some(last) = last {
            self.sites.retain(|_, kept| {
                kept.forget(last);
                !kept.is_empty()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use readings::Quantity;

    use super::super::timeline::Timeline;
    use super::*;
    use crate::store::Sample;

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

    fn len(inner: &Inner) -> usize {
        let motes = inner.sites.values().flat_map(|kept| kept.samples.values());
        motes.flat_map(HashMap::values).map(Timeline::len).sum()
    }

    #[test]
    fn there_is_a_bound_and_nothing_stays_behind() {
        let recent = Recent::default();
        for n in 0..300 {
            let samples: Vec<Sample> = (0..10_000).map(|it| sample(1, n * 10_000 + it)).collect();
            recent.hear(u64::try_from(n).unwrap(), samples.into());
            let inner = recent.lock();
            assert!(inner.weight <= MOST);
            assert_eq!((len(&inner), inner.messages.len() * 10_000), (inner.weight, inner.weight));
        }
        let inner = recent.lock();
        assert!(inner.weight > MOST / 2);
        // The newest are there.
        let newest = sample(1, 2_999_999);
        let timeline = &inner.sites[&0].samples[&newest.quantity][&newest.mac];
        let end = Timestamp::from_micros(newest.time.as_micros() + 1);
        assert_eq!(timeline.find(newest.time..end).count(), 1);
    }

    #[test]
    fn posts_of_one_message_are_forgotten_together_also_if_they_are_older_than_others() {
        let recent = Recent::default();
        recent.hear(1, vec![sample(1, 5), sample(2, 5)].into());
        recent.hear(2, vec![sample(1, 9), sample(1, 2)].into());
        recent.hear(2, vec![sample(3, 1)].into());
        recent.hear(3, vec![sample(1, 3), sample(1, 9)].into());
        recent.lock().messages.iter_mut().for_each(|message| message.came -= STAY);
        recent.forget(2);
        assert_eq!(recent.hear(4, vec![sample(1, 3), sample(1, 5)].into()).len(), 1);
        let inner = recent.lock();
        assert_eq!((len(&inner), inner.weight), (2, 2));
    }

    #[test]
    fn a_log_that_was_made_anew_is_heard_from_its_beginning() {
        let recent = Recent::default();
        recent.hear(9, vec![sample(1, 1)].into());
        assert_eq!(recent.hear(1, vec![sample(1, 2)].into()).len(), 1);
        recent.lock().messages[0].came -= STAY;
        recent.forget(1);
        assert_eq!(recent.lock().weight, 0);
    }

    #[test]
    fn nothing_is_forgotten_that_has_just_come_or_is_nowhere_else() {
        let recent = Recent::default();
        recent.hear(1, vec![sample(1, 1)].into());
        recent.forget(1);
        recent.lock().messages[0].came -= STAY;
        recent.forget(0);
        assert_eq!(len(&recent.lock()), 1);
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
        let selection = Selection {
            quantity: Quantity::TEMPERATURE,
            macs: Vec::new(),
            from: Timestamp::from_micros(0),
            to: Timestamp::from_micros(9_000),
        };
        let count = |recent: &Recent| recent.samples(&selection).len();
        assert_eq!((count(&recent), count(&other), count(&recent.of_site(8))), (1, 1, 0));
        recent.lock().messages[0].came -= STAY;
        recent.forget(1);
        assert_eq!((count(&recent), count(&other)), (0, 0));
    }
}
