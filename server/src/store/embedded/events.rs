//! Events: by time, as they arrive.

use core::fmt::Write;
use std::collections::BTreeMap;

use readings::{Detail, Event, Mac, Timestamp};
use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, Result, Row, Statement, params, params_from_iter};

use crate::store::labels::{key, mac};
use crate::store::records::{octets_of, time_of};
use crate::store::scope::{Scope, Table};
use crate::store::{EVENTS, EventSelection};

/// The table. `number` is −1 and `mac` an empty text where there is none: both are of the identity.
/// `details` is an object in JSON.
pub(super) const TABLE: Table = Table {
    name: "events",
    columns: "
        time INTEGER NOT NULL,
        name TEXT NOT NULL,
        number INTEGER NOT NULL,
        mac ANY NOT NULL,
        neighbour INTEGER,
        details TEXT",
    key: "time, name, number, mac",
};

/// What [`insert`] needs.
pub(super) fn inserting(connection: &Connection, scope: Scope) -> Result<CachedStatement<'_>> {
    scope.inserting(connection, "events", "time, name, number, mac, neighbour, details")
}

/// False if it was there.
pub(super) fn insert(statement: &mut Statement<'_>, scope: Scope, event: &Event) -> Result<bool> {
    let details = (!event.details.is_empty())
        .then(|| serde_json::to_string(&event.details).unwrap_or_default());
    let mac = event.mac.map_or(Value::Text(String::new()), |mac| Value::Integer(key(mac)));
    let inserted = scope.execute(
        statement,
        params![
            time_of(event.timestamp).as_micros(),
            event.name,
            event.number.map_or(-1, i64::from),
            mac,
            event.neighbour.map(key),
            details,
        ],
    )?;
    Ok(inserted > 0)
}

fn event(row: &Row<'_>) -> Result<Event> {
    let details: Option<String> = row.get(5)?;
    let details: Option<BTreeMap<String, Detail>> =
        details.and_then(|json| serde_json::from_str(&json).ok());
    Ok(Event {
        name: row.get(1)?,
        number: u32::try_from(row.get::<_, i64>(2)?).ok(),
        timestamp: Some(Timestamp::from_micros(row.get(0)?)),
        mac: row.get::<_, i64>(3).ok().map(mac),
        neighbour: row.get::<_, Option<i64>>(4)?.map(mac),
        details: details.unwrap_or_default(),
    })
}

/// At most `limit` events, newest first, and not many more octets than an answer may have.
pub(super) fn page(
    connection: &Connection,
    scope: Scope,
    selection: &EventSelection,
    limit: usize,
) -> Result<Vec<Event>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT time, name, number, mac, neighbour, details FROM {}
         time >= ? AND time < ?{}{} ORDER BY time DESC, name DESC, number DESC, mac DESC
         LIMIT ? OFFSET ?",
        scope.rows("events"),
        about(&selection.macs),
        named(selection.names.len())
    ))?;
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX).into();
    let mut values: Vec<Value> =
        vec![selection.from.as_micros().into(), selection.to.as_micros().into()];
    values.extend(selection.names.iter().cloned().map(Into::into));
    values.extend([number(limit), number(selection.seen)]);
    let mut rows = query.query(params_from_iter(values))?;
    let (mut events, mut octets) = (Vec::new(), 0);
    while octets < EVENTS
        && let Some(row) = rows.next()?
    {
        let event = event(row)?;
        octets += octets_of(&event);
        events.push(event);
    }
    Ok(events)
}

/// A path is about both its ends.
fn about(macs: &[Mac]) -> String {
    if macs.is_empty() {
        return String::new();
    }
    let keys: Vec<String> = macs.iter().map(|&mac| key(mac).to_string()).collect();
    let keys = keys.join(",");
    format!(" AND (mac IN ({keys}) OR neighbour IN ({keys}))")
}

fn named(count: usize) -> String {
    let mut condition = String::new();
    for index in 0..count {
        // Writing to a String does not fail.
        let _ = write!(condition, "{}?", if index > 0 { "," } else { " AND name IN (" });
    }
    if count > 0 {
        condition.push(')');
    }
    condition
}
