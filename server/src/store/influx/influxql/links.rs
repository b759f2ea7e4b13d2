//! Links that InfluxDB holds.

use core::fmt::Write;

use readings::{Link, Timestamp};

use super::answer::{Found, Values, ask};
use super::{LAST_TIME, condition};
use crate::store::influx::client::Client;
use crate::store::query_pool::Gone;
use crate::store::records::{direction_of_code, key_of, whole};
use crate::store::{LinkKey, LinkSelection, StoreError};

const FIELDS: &str = "\"rssi\", \"rssi_back\", \"attempts\", \"failures\", \"received\", \
                      \"quality\", \"direction\", \"slots\", \"known\"";

/// Links of one microsecond that are expected at the most: if there are more, more is asked for.
const OF_ONE_MOMENT: usize = 500;

/// Most links asked for at a time, some hundred octets each.
const MOST: usize = 40_000;

/// At most `limit` links by time, behind the one named by `after`.
///
/// The engine knows the order by time only: what is of one microsecond is put in order here, so all
/// of a microsecond must be there.
pub(super) fn page(
    client: &Client,
    selection: &LinkSelection,
    after: Option<LinkKey>,
    limit: usize,
    gone: &Gone,
) -> Result<Vec<Link>, StoreError> {
    let from = after.map_or(selection.from, |(time, ..)| time.max(selection.from));
    let range = range(&LinkSelection { from, ..selection.clone() });
    let mut asked = limit.saturating_add(OF_ONE_MOMENT);
    loop {
        gone.check()?;
        let results = ask(
            client,
            &format!(
                "SELECT {FIELDS}, \"mac\", \"neighbour\", \"kind\" FROM \"link\" WHERE {range} \
                 ORDER BY time LIMIT {asked}"
            ),
            true,
        )?;
        let rows = results.iter().flatten().flat_map(|series| &series.values);
        let mut links: Vec<Link> = rows.filter_map(link).collect();
        links.sort_by_key(key_of);
        let is_all = links.len() < asked;
        if !is_all && let Some(last) = links.last().map(|link| link.timestamp) {
            links.retain(|link| link.timestamp != last);
        }
        links.retain(|link| after.is_none_or(|after| key_of(link) > after));
        if is_all || links.len() >= limit || asked >= MOST {
            links.truncate(limit);
            return Ok(links);
        }
        asked = (asked * 2).min(MOST);
    }
}

/// The newest of each way.
pub(super) fn newest(
    client: &Client,
    selection: &LinkSelection,
    limit: usize,
) -> Result<Vec<Link>, StoreError> {
    let range = range(selection);
    let results = ask(
        client,
        &format!(
            "SELECT {FIELDS} FROM \"link\" WHERE {range} GROUP BY \"mac\", \"neighbour\", \"kind\" \
             ORDER BY time DESC LIMIT 1 SLIMIT {limit}"
        ),
        true,
    )?;
    let of_series = |series: &Found| {
        let row = series.values.first()?;
        let tag = |name: &str| series.tags.get(name).map(String::as_str);
        fields(row, tag("mac")?, tag("neighbour")?, tag("kind")?)
    };
    Ok(results.iter().flatten().filter_map(of_series).take(limit).collect())
}

fn range(selection: &LinkSelection) -> String {
    let from = selection.from.as_micros();
    let to = selection.to.as_micros().min(LAST_TIME);
    let mut range = format!("time >= {from}u AND time < {to}u");
    if !selection.macs.is_empty() {
        range.push_str(&condition(&selection.macs));
    }
    // Writing to a String does not fail.
    if let Some(kind) = selection.kind {
        let _ = write!(range, " AND \"kind\" = '{kind}'");
    }
    if selection.measured {
        range.push_str(" AND \"attempts\" > 0");
    }
    range
}

/// Columns behind the time and the fields.
const TAGS: [usize; 3] = [10, 11, 12];

fn link(row: &Values) -> Option<Link> {
    let [mac, neighbour, kind] = TAGS.map(|column| row.text(column));
    fields(row, mac?, neighbour?, kind?)
}

/// None if it is another program's.
fn fields(row: &Values, mac: &str, neighbour: &str, kind: &str) -> Option<Link> {
    let (mac, neighbour, kind) = (mac.parse().ok()?, neighbour.parse().ok()?, kind.parse().ok()?);
    let time: Timestamp = row.time()?;
    let number = |column| row.number(column).and_then(whole);
    Some(Link {
        rssi: number(1).and_then(|it| it.try_into().ok()),
        rssi_back: number(2).and_then(|it| it.try_into().ok()),
        attempts: number(3).and_then(|it| it.try_into().ok()),
        failures: number(4).and_then(|it| it.try_into().ok()),
        received: number(5).and_then(|it| it.try_into().ok()),
        quality: number(6).and_then(|it| it.try_into().ok()),
        direction: number(7).and_then(direction_of_code),
        slots: number(8).and_then(|it| it.try_into().ok()),
        ..Link::new(mac, neighbour, kind, Some(time))
    })
}
