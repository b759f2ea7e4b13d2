use std::collections::{BTreeMap, HashMap};

use readings::{Event, Link, Mac, Quantity, Timestamp};

use super::timeline::{Timeline, is_new};
use crate::store::records::time_of;
use crate::store::{EventSelection, LinkKey, LinkSelection, Records, Selection, key_of};

pub(super) type EventKey = (Timestamp, String, Option<u32>, Option<Mac>);

/// Records, each with the number of the message that has brought it first: so those of a message are found without
/// having them twice.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) samples: BTreeMap<Quantity, HashMap<Mac, Timeline>>,
    pub(super) links: BTreeMap<LinkKey, (Link, u64)>,
    pub(super) events: BTreeMap<EventKey, (Event, u64)>,
}

impl Kept {
    /// Puts in a message's records, and takes away those that were there.
    pub(super) fn put(&mut self, sequence: u64, records: &mut Records) {
        match records {
            Records::Samples(all) => all.retain(|sample| {
                let motes = self.samples.entry(sample.quantity).or_default();
                let timeline = motes.entry(sample.mac).or_default();
                timeline.put(sample.time, sample.value, sequence)
            }),
            Records::Links(all) => {
                all.retain(|link| is_new(self.links.entry(key_of(link)), *link, sequence));
            }
            Records::Events(all) => all.retain(|event| {
                is_new(self.events.entry(key_of_event(event)), event.clone(), sequence)
            }),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.samples.is_empty() && self.links.is_empty() && self.events.is_empty()
    }

    /// Forgets the records of all messages up to this one.
    pub(super) fn forget(&mut self, last: u64) {
        self.samples.retain(|_, motes| {
            motes.retain(|_, timeline| {
                timeline.forget(last);
                timeline.len() > 0
            });
            !motes.is_empty()
        });
        self.links.retain(|_, (_, sequence)| *sequence > last);
        self.events.retain(|_, (_, sequence)| *sequence > last);
    }

    /// What a selection of samples has, by mote and time, in milliseconds.
    pub(super) fn find_samples(
        &self,
        Selection { quantity, macs, from, to }: &Selection,
    ) -> BTreeMap<(Mac, Timestamp), f64> {
        let Some(motes) = self.samples.get(quantity).filter(|_| from < to) else {
            return BTreeMap::new();
        };
        let chosen: Vec<(Mac, &Timeline)> = if macs.is_empty() {
            motes.iter().map(|(&mac, timeline)| (mac, timeline)).collect()
        } else {
            macs.iter().filter_map(|&mac| Some((mac, motes.get(&mac)?))).collect()
        };
        let some = chosen.into_iter().flat_map(|(mac, timeline)| {
            timeline.find(*from..*to).map(move |(time, value)| ((mac, millis(time)), value))
        });
        some.collect()
    }

    /// What a selection of links has, in milliseconds.
    pub(super) fn find_links(&self, selection: &LinkSelection) -> BTreeMap<LinkKey, Link> {
        let LinkSelection { macs, kind, from, to, .. } = selection;
        let fits = |link: &&Link| {
            let time = time_of(link.timestamp);
            (*from..*to).contains(&time)
                && (macs.is_empty() || macs.contains(&link.mac))
                && kind.is_none_or(|kind| link.kind == kind)
                && selection.is_measured_enough(link)
        };
        let found = self.links.values().map(|(link, _)| link).filter(fits).map(|link| {
            let time = millis(time_of(link.timestamp));
            ((time, link.mac, link.neighbour, link.kind), Link { timestamp: Some(time), ..*link })
        });
        found.collect()
    }

    /// What a selection of events has, newest first, in milliseconds.
    pub(super) fn find_events(&self, selection: &EventSelection) -> Vec<Event> {
        let EventSelection { names, from, to, .. } = selection;
        let fits = |event: &&Event| {
            (*from..*to).contains(&time_of(event.timestamp))
                && (names.is_empty() || names.contains(&event.name))
                && selection.is_about(event.mac, event.neighbour)
        };
        let cut = |event: &Event| {
            let timestamp = Some(millis(time_of(event.timestamp)));
            Event { timestamp, ..event.clone() }
        };
        self.events.values().rev().map(|(event, _)| event).filter(fits).map(cut).collect()
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
