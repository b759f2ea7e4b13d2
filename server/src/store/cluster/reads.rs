//! What the history has and what was followed since, as one answer. Both are in milliseconds.

use std::collections::BTreeMap;

use readings::{Event, Link, Mac, Quantity, Timestamp};

use super::kept::{key_of_event, millis};
use super::recent::Recent;
use crate::store::{
    Bucketing, EventSelection, Grid, LinkKey, LinkSelection, Sample, Selection, Series, key_of,
};

/// A page by mote and time.
pub(super) fn page(
    recent: &Recent,
    selection: &Selection,
    after: Option<(Mac, Timestamp)>,
    limit: usize,
    history: Vec<Sample>,
) -> Vec<Sample> {
    let mut all = recent.samples(selection);
    if let Some((mac, time)) = after {
        let next = Timestamp::from_micros(time.as_micros().saturating_add(1));
        all = all.split_off(&(mac, next));
    }
    let quantity = selection.quantity;
    all.extend(history.into_iter().map(|sample| ((sample.mac, sample.time), sample.value)));
    let sample = |((mac, time), value)| Sample { mac, quantity, time, value };
    all.into_iter().take(limit).map(sample).collect()
}

/// The newest of each quantity of each mote, by mote.
pub(super) fn newest(
    recent: &Recent,
    macs: &[Mac],
    quantities: &[Quantity],
    [from, at]: [Timestamp; 2],
    history: Vec<Sample>,
) -> Vec<Sample> {
    let mut all: BTreeMap<(Quantity, Mac), Sample> = BTreeMap::new();
    let to = Timestamp::from_micros(at.as_micros().saturating_add(1));
    let followed = quantities.iter().flat_map(|&quantity| {
        let selection = Selection { quantity, macs: macs.to_vec(), from, to };
        let samples = recent.samples(&selection).into_iter();
        samples.map(move |((mac, time), value)| Sample { mac, quantity, time, value })
    });
    for sample in history.into_iter().chain(followed) {
        let last = all.entry((sample.quantity, sample.mac)).or_insert(sample);
        if last.time < sample.time {
            *last = sample;
        }
    }
    all.into_values().collect()
}

/// The means. A bucket that the history has is as it says, so that the newest one may lack a second.
pub(super) fn series(
    recent: &Recent,
    quantity: Quantity,
    macs: &[Mac],
    grid: Grid,
    oldest: Timestamp,
    history: Vec<Series>,
) -> Vec<Series> {
    let (from, to) = (grid.from().max(oldest), grid.to());
    let selection = Selection { quantity, macs: macs.to_vec(), from, to };
    let mut followed: BTreeMap<Mac, Bucketing> = BTreeMap::new();
    let mut all: BTreeMap<Mac, Series> = history.into_iter().map(|one| (one.mac, one)).collect();
    for ((mac, time), value) in recent.samples(&selection) {
        let bucket = grid.bucket_of(time);
        let known = all.get(&mac).zip(bucket).and_then(|(one, bucket)| one.means.get(bucket));
        if !matches!(known, Some(Some(_))) {
            followed.entry(mac).or_insert_with(|| Bucketing::new(grid)).add(time, value);
        }
    }
    for (mac, bucketing) in followed {
        let Some(new) = bucketing.series(mac) else { continue };
        let Some(one) = all.get_mut(&mac) else {
            all.insert(mac, new);
            continue;
        };
        one.count += new.count;
        (one.min, one.max) = (one.min.min(new.min), one.max.max(new.max));
        for (mean, new) in one.means.iter_mut().zip(new.means) {
            *mean = mean.or(new);
        }
    }
    all.into_values().collect()
}

/// Links by time.
pub(super) fn links(
    recent: &Recent,
    selection: &LinkSelection,
    after: Option<LinkKey>,
    limit: usize,
    history: Vec<Link>,
) -> Vec<Link> {
    let mut all = recent.links(selection);
    if let Some((time, mac, neighbour, kind)) = after {
        let key = (millis(time), mac, neighbour, kind);
        all = all.split_off(&key);
        all.remove(&key);
    }
    all.extend(history.into_iter().map(|link| (key_of(&link), link)));
    all.into_values().take(limit).collect()
}

/// The newest of each way.
pub(super) fn newest_links(
    recent: &Recent,
    selection: &LinkSelection,
    limit: usize,
    history: Vec<Link>,
) -> Vec<Link> {
    let mut all = BTreeMap::new();
    for link in history.into_iter().chain(recent.links(selection).into_values()) {
        let last = all.entry((link.mac, link.neighbour, link.kind)).or_insert(link);
        if last.timestamp < link.timestamp {
            *last = link;
        }
    }
    all.into_values().take(limit).collect()
}

/// Events, newest first; `history` has those that were seen too.
pub(super) fn events(
    recent: &Recent,
    selection: &EventSelection,
    limit: usize,
    history: Vec<Event>,
) -> Vec<Event> {
    let mut all = BTreeMap::new();
    // What is followed has its texts, which VictoriaMetrics does not keep.
    for event in history.into_iter().chain(recent.events(selection)) {
        all.insert(key_of_event(&event), event);
    }
    all.into_values().rev().skip(selection.seen).take(limit).collect()
}
