use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use readings::{Direction, Link, LinkKind, Mac, Quantity, Timestamp};
use tokio::sync::Notify;

use super::mote::{Mote, New};
use crate::metrics::MqttMetrics;
use crate::store::Sample;

/// What is published of a mote, in the order in which it goes: Home Assistant is to know a device
/// before it is told how it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    /// All of it is taken back.
    Removal,
    /// What Home Assistant has to know of it.
    Discovery,
    /// Whether it is there.
    Availability,
    /// Its values.
    State,
}

/// Items of a mote that there is.
const ITEMS: [Item; 3] = [Item::Discovery, Item::Availability, Item::State];

/// The newest of what is published of each mote, and what of it is still to be sent.
pub(crate) struct Latest {
    quantities: Vec<Quantity>,
    max_motes: usize,
    inner: Mutex<Inner>,
    changed: Notify,
    metrics: MqttMetrics,
}

#[derive(Default)]
struct Inner {
    motes: BTreeMap<Mac, Mote>,
    due: BTreeSet<(Item, Mac)>,
    /// Motes of which it is not known what they are called.
    unlabelled: BTreeSet<Mac>,
    /// Whether it was said that there is no room for more.
    is_full: bool,
}

impl Latest {
    /// Of no motes yet.
    pub(super) fn new(quantities: Vec<Quantity>, max_motes: usize, metrics: MqttMetrics) -> Self {
        let inner = Mutex::new(Inner::default());
        Self { quantities, max_motes, inner, changed: Notify::new(), metrics }
    }

    /// What is published.
    pub(super) fn quantities(&self) -> &[Quantity] {
        &self.quantities
    }

    /// Samples are stored.
    pub(crate) fn hear(&self, samples: &[Sample]) {
        self.change(|inner| {
            for &Sample { mac, quantity, time, value } in samples {
                let place = self.quantities.iter().position(|&published| published == quantity);
                let Some(place) = place else { continue };
                self.update(inner, mac, |mote| mote.hear(place, time, value));
            }
        });
    }

    /// Links are stored.
    pub(crate) fn hear_links(&self, links: &[Link]) {
        self.change(|inner| {
            for link in links {
                let is_to_parent =
                    link.kind == LinkKind::Path && link.direction == Some(Direction::Upstream);
                let (true, Some(dbm), Some(time)) = (is_to_parent, link.rssi, link.timestamp)
                else {
                    continue;
                };
                self.update(inner, link.mac, |mote| mote.hear_signal(time, dbm));
            }
        });
    }

    fn update(&self, inner: &mut Inner, mac: Mac, change: impl FnOnce(&mut Mote) -> New) {
        if !inner.motes.contains_key(&mac) && inner.motes.len() >= self.max_motes {
            if !core::mem::replace(&mut inner.is_full, true) {
                let max_motes = self.max_motes;
                tracing::warn!(
                    max_motes,
                    "more motes than are published; raise max_motes in [mqtt] for the others"
                );
            }
            return;
        }
        let mote = inner.motes.entry(mac).or_insert_with(|| {
            inner.unlabelled.insert(mac);
            Mote::new(self.quantities.len())
        });
        let new = change(mote);
        if new == New::Component {
            inner.due.insert((Item::Discovery, mac));
        }
        if new != New::Nothing {
            inner.due.insert((Item::State, mac));
            if mote.is_said_there != Some(true) {
                inner.due.insert((Item::Availability, mac));
            }
        }
    }

    /// Motes are called so; an empty name is none.
    pub(super) fn set_labels(&self, labels: impl IntoIterator<Item = (Mac, Arc<str>)>) {
        self.change(|inner| {
            for (mac, label) in labels {
                inner.unlabelled.remove(&mac);
                let Some(mote) = inner.motes.get_mut(&mac) else { continue };
                if mote.label != label {
                    mote.label = label;
                    inner.due.extend([(Item::Discovery, mac), (Item::State, mac)]);
                }
            }
        });
    }

    /// At most so many motes of which it is not known what they are called.
    pub(super) fn unlabelled(&self, most: usize) -> Vec<Mac> {
        self.lock().unlabelled.iter().take(most).copied().collect()
    }

    /// What motes are called may have changed.
    pub(super) fn forget_labels(&self) {
        let mut inner = self.lock();
        let Inner { motes, unlabelled, .. } = &mut *inner;
        unlabelled.extend(motes.keys());
    }

    /// Motes' states have changed.
    pub(super) fn mark_states(&self, macs: impl IntoIterator<Item = Mac>) {
        self.change(|inner| {
            for mac in macs {
                if inner.motes.contains_key(&mac) {
                    inner.due.extend([(Item::Availability, mac), (Item::State, mac)]);
                }
            }
        });
    }

    /// Everything is to be sent anew.
    pub(super) fn mark_all(&self) {
        self.change(|inner| {
            let all = inner.motes.keys().flat_map(|&mac| ITEMS.map(|item| (item, mac)));
            inner.due.extend(all);
        });
    }

    /// Motes that are not where they were last said to be are to be told of.
    pub(super) fn mark_presence(&self, is_there: impl Fn(Mac, &Mote) -> bool) {
        self.change(|inner| {
            let changed = inner
                .motes
                .iter()
                .filter(|&(&mac, mote)| mote.is_said_there != Some(is_there(mac, mote)));
            inner.due.extend(changed.map(|(&mac, _)| (Item::Availability, mac)));
        });
    }

    /// Forgets what is not kept any more, and takes the motes back of which nothing is left.
    pub(super) fn forget(&self, oldest: impl Fn(Quantity) -> Timestamp) {
        self.change(|inner| {
            let Inner { motes, due, unlabelled, is_full } = inner;
            motes.retain(|&mac, mote| {
                if mote.forget(&self.quantities, &oldest) {
                    let item = if mote.is_empty() { Item::Removal } else { Item::State };
                    due.insert((item, mac));
                }
                if mote.is_empty() {
                    unlabelled.remove(&mac);
                }
                !mote.is_empty()
            });
            *is_full &= motes.len() >= self.max_motes;
        });
    }

    /// The broker has something of a mote: if there is none, it is taken back.
    pub(super) fn find(&self, mac: Mac) {
        self.change(|inner| {
            if !inner.motes.contains_key(&mac) {
                inner.due.insert((Item::Removal, mac));
            }
        });
    }

    /// What is to be sent next, with what is known of the mote; none of a mote that is gone.
    pub(super) fn next(&self) -> Option<(Item, Mac, Option<Mote>)> {
        let mut inner = self.lock();
        while let Some((item, mac)) = inner.due.pop_first() {
            let mote = inner.motes.get(&mac).cloned();
            // One that has come back is not removed, and of one that has gone there is nothing else.
            if (item == Item::Removal) == mote.is_none() {
                self.metrics.waiting.set(count(inner.due.len()));
                return Some((item, mac, mote));
            }
        }
        self.metrics.waiting.set(0);
        None
    }

    /// A mote was said to be there, or not.
    pub(super) fn said(&self, mac: Mac, is_there: bool) {
        if let Some(mote) = self.lock().motes.get_mut(&mac) {
            mote.is_said_there = Some(is_there);
        }
    }

    /// Waits until there is something to be sent. Only one can wait.
    pub(super) async fn due(&self) {
        while self.lock().due.is_empty() {
            self.changed.notified().await;
        }
    }

    fn change(&self, change: impl FnOnce(&mut Inner)) {
        let mut inner = self.lock();
        change(&mut inner);
        self.metrics.motes.set(count(inner.motes.len()));
        self.metrics.waiting.set(count(inner.due.len()));
        let is_due = !inner.due.is_empty();
        drop(inner);
        if is_due {
            self.changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
