//! Links: by time, as they arrive, so that a walk over the network is in one piece.

use core::fmt::Write;
use std::collections::BTreeMap;

use readings::{Link, LinkKind, Mac, Timestamp};
use rusqlite::{CachedStatement, Connection, Result, Row, Statement, params};

use super::queries::condition;
use crate::store::labels::{key, mac};
use crate::store::records::{
    code_of_direction, code_of_kind, direction_of_code, key_of, kind_of_code, time_of,
};
use crate::store::scope::{Scope, Table};
use crate::store::{LinkKey, LinkSelection};

/// The table.
pub(super) const TABLE: Table = Table {
    name: "links",
    columns: "
        time INTEGER NOT NULL,
        mac INTEGER NOT NULL,
        neighbour INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        rssi INTEGER,
        rssi_back INTEGER,
        attempts INTEGER,
        failures INTEGER,
        received INTEGER,
        quality INTEGER,
        direction INTEGER,
        slots INTEGER",
    key: "time, mac, neighbour, kind",
};

const COLUMNS: &str = "time, mac, neighbour, kind, rssi, rssi_back, attempts, failures, received, \
                       quality, direction, slots";

/// What [`insert`] needs.
pub(super) fn inserting(connection: &Connection, scope: Scope) -> Result<CachedStatement<'_>> {
    scope.inserting(connection, "links", COLUMNS)
}

/// False if it was there.
pub(super) fn insert(statement: &mut Statement<'_>, scope: Scope, link: &Link) -> Result<bool> {
    let inserted = scope.execute(
        statement,
        params![
            time_of(link.timestamp).as_micros(),
            key(link.mac),
            key(link.neighbour),
            code_of_kind(link.kind),
            link.rssi,
            link.rssi_back,
            link.attempts,
            link.failures,
            link.received,
            link.quality,
            link.direction.map(code_of_direction),
            link.slots,
        ],
    )?;
    Ok(inserted > 0)
}

/// None if a later version has written something that this one does not know.
fn link(row: &Row<'_>) -> Result<Option<Link>> {
    let Some(kind) = kind_of_code(row.get(3)?) else { return Ok(None) };
    let time = Timestamp::from_micros(row.get(0)?);
    Ok(Some(Link {
        rssi: row.get(4)?,
        rssi_back: row.get(5)?,
        attempts: row.get(6)?,
        failures: row.get(7)?,
        received: row.get(8)?,
        quality: row.get(9)?,
        direction: row.get::<_, Option<i64>>(10)?.and_then(direction_of_code),
        slots: row.get(11)?,
        ..Link::new(mac(row.get(1)?), mac(row.get(2)?), kind, Some(time))
    }))
}

fn conditions(selection: &LinkSelection) -> String {
    let mut conditions = condition(&selection.macs);
    if let Some(kind) = selection.kind {
        // Writing to a String does not fail.
        let _ = write!(conditions, " AND kind = {}", code_of_kind(kind));
    }
    if selection.measured {
        conditions.push_str(" AND attempts > 0");
    }
    conditions
}

/// At most `limit` links by time, behind the one named by `after`.
pub(super) fn page(
    connection: &Connection,
    scope: Scope,
    selection: &LinkSelection,
    after: Option<LinkKey>,
    limit: usize,
) -> Result<Vec<Link>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {}
         (time, mac, neighbour, kind) > (?1, ?2, ?3, ?4) AND time < ?5{}
         ORDER BY time, mac, neighbour, kind LIMIT ?6",
        scope.rows("links"),
        conditions(selection)
    ))?;
    // In front of everything of the selection's first microsecond, unless it is further on.
    let start = (selection.from.as_micros().saturating_sub(1), i64::MAX, i64::MAX, i64::MAX);
    let start = after.map_or(start, |(time, mac, neighbour, kind)| {
        start.max((time.as_micros(), key(mac), key(neighbour), code_of_kind(kind)))
    });
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let end = selection.to.as_micros();
    let row = params![start.0, start.1, start.2, start.3, end, limit];
    query.query_map(row, link)?.filter_map(Result::transpose).collect()
}

/// The newest of each way, from the newest on, until there are `limit`.
pub(super) fn newest(
    connection: &Connection,
    scope: Scope,
    selection: &LinkSelection,
    limit: usize,
) -> Result<Vec<Link>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {} time >= ?1 AND time < ?2{} ORDER BY time DESC",
        scope.rows("links"),
        conditions(selection)
    ))?;
    let mut rows = query.query([selection.from.as_micros(), selection.to.as_micros()])?;
    let mut found: BTreeMap<(Mac, Mac, LinkKind), Link> = BTreeMap::new();
    while let Some(row) = rows.next()?
        && found.len() < limit
    {
        if let Some(link) = link(row)? {
            let (_, mac, neighbour, kind) = key_of(&link);
            found.entry((mac, neighbour, kind)).or_insert(link);
        }
    }
    Ok(found.into_values().collect())
}
