//! Events that InfluxDB holds.

use core::fmt::Write;

use readings::{Event, Mac};

use super::LAST_TIME;
use super::answer::{Values, ask};
use crate::store::influx::client::Client;
use crate::store::records::{octets_of, whole};
use crate::store::{EVENTS, EventSelection, StoreError};

/// Events asked for at a time: each has a few kB at the most, mostly less.
const AT_A_TIME: usize = 200;

/// At most `limit` events, newest first, and not many more octets than an answer may have.
pub(super) fn page(
    client: &Client,
    selection: &EventSelection,
    limit: usize,
) -> Result<Vec<Event>, StoreError> {
    let range = range(selection);
    let (mut events, mut octets) = (Vec::new(), 0);
    while events.len() < limit && octets < EVENTS {
        let some = AT_A_TIME.min(limit - events.len());
        let offset = selection.seen + events.len();
        let results = ask(
            client,
            &format!(
                "SELECT \"number\", \"details\", \"event\", \"mac\", \"neighbour\" FROM \"event\" \
                 WHERE {range} ORDER BY time DESC LIMIT {some} OFFSET {offset}"
            ),
            true,
        )?;
        let rows: Vec<&Values> =
            results.iter().flatten().flat_map(|series| &series.values).collect();
        let found = rows.len();
        for event in rows.into_iter().filter_map(event) {
            octets += octets_of(&event);
            events.push(event);
        }
        if found < some {
            break;
        }
    }
    Ok(events)
}

fn range(selection: &EventSelection) -> String {
    let from = selection.from.as_micros();
    let to = selection.to.as_micros().min(LAST_TIME);
    let mut range = format!("time >= {from}u AND time < {to}u");
    if !selection.macs.is_empty() {
        let of = |mac: &Mac| format!("\"mac\" = '{mac}' OR \"neighbour\" = '{mac}'");
        let each: Vec<String> = selection.macs.iter().map(of).collect();
        // Writing to a String does not fail.
        let _ = write!(range, " AND ({})", each.join(" OR "));
    }
    if !selection.names.is_empty() {
        // What is no name of an event is none that there is.
        let is_name =
            |name: &&String| name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
        let of = |name: &String| format!("\"event\" = '{name}'");
        let each: Vec<String> = selection.names.iter().filter(is_name).map(of).collect();
        let each = if each.is_empty() { vec!["\"event\" = ''".to_owned()] } else { each };
        let _ = write!(range, " AND ({})", each.join(" OR "));
    }
    range
}

/// None if it is another program's.
fn event(row: &Values) -> Option<Event> {
    let mac = |column| row.text(column).and_then(|text| text.parse::<Mac>().ok());
    let number = row.number(1).and_then(whole).and_then(|number| u32::try_from(number).ok());
    let details = row.text(2).and_then(|json| serde_json::from_str(json).ok());
    Some(Event {
        mac: mac(4),
        neighbour: mac(5),
        details: details.unwrap_or_default(),
        ..Event::new(row.text(3)?, number, Some(row.time()?))
    })
}
