//! Links and events that VictoriaMetrics holds: a series for each field, put together again by
//! their tags and times.

use core::time::Duration;
use std::collections::BTreeMap;

use readings::{Detail, Event, Link, LinkKind, Mac, Timestamp};
use serde::Deserialize;

use super::export::{Line, bounds, lines};
use crate::moment::before;
use crate::store::influx::client::Client;
use crate::store::influx::line::DETAIL;
use crate::store::influx::pattern::pattern;
use crate::store::query_pool::Gone;
use crate::store::records::{direction_of_code, whole};
use crate::store::{EventSelection, LinkKey, LinkSelection, StoreError};

/// The engine is asked for a stretch of time so long, and then for twice as long, until there is
/// enough: it knows no limit of what it answers.
const FIRST_STRETCH: Duration = Duration::from_secs(120);

/// Links and events of one stretch that are kept, the last ones: so that memory is bounded whatever
/// was written.
const MOST: usize = 50_000;

#[derive(Deserialize)]
struct LinkTags {
    #[serde(rename = "__name__")]
    name: String,
    mac: String,
    neighbour: String,
    kind: String,
}

#[derive(Deserialize)]
struct EventTags {
    #[serde(rename = "__name__")]
    name: String,
    event: String,
    mac: Option<String>,
    neighbour: Option<String>,
}

/// At most `limit` links by time, behind the one named by `after`.
pub(super) fn links(
    client: &Client,
    selection: &LinkSelection,
    after: Option<LinkKey>,
    limit: usize,
    gone: &Gone,
) -> Result<Vec<Link>, StoreError> {
    let from = after.map_or(selection.from, |(time, ..)| time.max(selection.from));
    let to = selection.to.min(last_moment());
    let mut stretch = FIRST_STRETCH;
    loop {
        gone.check()?;
        let end = later(from, stretch).min(to);
        let mut found = gather(client, &LinkSelection { from, to: end, ..selection.clone() })?;
        if let Some((time, mac, neighbour, kind)) = after {
            // The engine has milliseconds.
            let time = Timestamp::from_micros(time.as_micros() / 1000 * 1000);
            found = found.split_off(&(time, mac, neighbour, kind));
            found.remove(&(time, mac, neighbour, kind));
        }
        if found.len() >= limit || end >= to {
            return Ok(found.into_values().take(limit).collect());
        }
        stretch = stretch.saturating_mul(2);
    }
}

/// The newest of each way.
pub(super) fn newest_links(
    client: &Client,
    selection: &LinkSelection,
    limit: usize,
) -> Result<Vec<Link>, StoreError> {
    let mut newest: BTreeMap<(Mac, Mac, LinkKind), Link> = BTreeMap::new();
    for ((_, mac, neighbour, kind), link) in gather(client, selection)? {
        newest.insert((mac, neighbour, kind), link);
    }
    Ok(newest.into_values().take(limit).collect())
}

/// By time.
fn gather(
    client: &Client,
    selection: &LinkSelection,
) -> Result<BTreeMap<LinkKey, Link>, StoreError> {
    let mut tags = vec!["__name__=~\"link_.+\"".to_owned()];
    if !selection.macs.is_empty() {
        tags.push(format!("mac=~\"{}\"", pattern(&selection.macs)));
    }
    tags.extend(selection.kind.map(|kind| format!("kind=\"{kind}\"")));
    let selector = format!("{{{}{}}}", tags.join(","), client.whose.matcher());
    let (start, end) = bounds(selection.from, selection.to);
    let mut found: BTreeMap<LinkKey, Link> = BTreeMap::new();
    lines(client, &selector, (&start, &end), |line: Line<LinkTags>| {
        let metric = &line.metric;
        // Other programs' series are none of ours.
        let ends = metric.mac.parse().ok().zip(metric.neighbour.parse().ok());
        let Some(((mac, neighbour), kind)) = ends.zip(metric.kind.parse().ok()) else {
            return;
        };
        let Some(field) = metric.name.strip_prefix("link_") else { return };
        for (time, value) in line.within(selection.from, selection.to) {
            let key = (time, mac, neighbour, kind);
            let link =
                found.entry(key).or_insert_with(|| Link::new(mac, neighbour, kind, Some(time)));
            set(link, field, value);
            if found.len() > MOST {
                found.pop_first();
            }
        }
    })?;
    found.retain(|_, link| selection.is_measured_enough(link));
    Ok(found)
}

fn set(link: &mut Link, field: &str, value: f64) {
    let Some(value) = whole(value) else { return };
    match field {
        "rssi" => link.rssi = value.try_into().ok(),
        "rssi_back" => link.rssi_back = value.try_into().ok(),
        "attempts" => link.attempts = value.try_into().ok(),
        "failures" => link.failures = value.try_into().ok(),
        "received" => link.received = value.try_into().ok(),
        "quality" => link.quality = value.try_into().ok(),
        "direction" => link.direction = direction_of_code(value),
        "slots" => link.slots = value.try_into().ok(),
        _ => {}
    }
}

type EventKey = (Timestamp, String, Option<Mac>, Option<Mac>);

/// At most `limit` events, newest first.
pub(super) fn events(
    client: &Client,
    selection: &EventSelection,
    limit: usize,
    gone: &Gone,
) -> Result<Vec<Event>, StoreError> {
    let to = selection.to.min(last_moment());
    // Those of the last moment that have been seen are among those of the same millisecond.
    let enough = limit.saturating_add(selection.seen);
    let mut stretch = FIRST_STRETCH;
    loop {
        gone.check()?;
        let from = before(to, stretch).max(selection.from);
        let found = gather_events(client, &EventSelection { from, to, ..selection.clone() })?;
        if found.len() >= enough || from <= selection.from {
            let newest_first = found.into_values().rev();
            return Ok(newest_first.skip(selection.seen).take(limit).collect());
        }
        stretch = stretch.saturating_mul(2);
    }
}

fn gather_events(
    client: &Client,
    selection: &EventSelection,
) -> Result<BTreeMap<EventKey, Event>, StoreError> {
    let mut selector = "{__name__=~\"event_.+\"".to_owned();
    if !selection.names.is_empty() {
        let is_name =
            |name: &&String| name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
        let names: Vec<&str> = selection.names.iter().filter(is_name).map(String::as_str).collect();
        selector.push_str(&format!(",event=~\"{}\"", names.join("|")));
    }
    selector.push_str(&client.whose.matcher());
    selector.push('}');
    let (start, end) = bounds(selection.from, selection.to);
    let mut found: BTreeMap<EventKey, Event> = BTreeMap::new();
    lines(client, &selector, (&start, &end), |line: Line<EventTags>| {
        let metric = &line.metric;
        let mac = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
        let (mac, neighbour): (Option<Mac>, Option<Mac>) =
            (mac(&metric.mac), mac(&metric.neighbour));
        if !selection.is_about(mac, neighbour) {
            return;
        }
        let Some(field) = metric.name.strip_prefix("event_") else { return };
        for (time, value) in line.within(selection.from, selection.to) {
            let event =
                found.entry((time, metric.event.clone(), mac, neighbour)).or_insert_with(|| {
                    Event { mac, neighbour, ..Event::new(metric.event.clone(), None, Some(time)) }
                });
            if let Some(name) = field.strip_prefix(DETAIL) {
                event.details.insert(name.to_owned(), Detail::Number(value));
            } else if field == "number" {
                event.number = whole(value).and_then(|number| number.try_into().ok());
            }
            if found.len() > MOST {
                found.pop_first();
            }
        }
    })?;
    Ok(found)
}

fn later(time: Timestamp, duration: Duration) -> Timestamp {
    let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(time.as_micros().saturating_add(micros))
}

/// Nothing that is stored is later.
fn last_moment() -> Timestamp {
    later(Timestamp::now(), Duration::from_secs(48 * 3600))
}
