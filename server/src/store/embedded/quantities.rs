//! Readings of other quantities than temperature, keyed so that one mote's month of one quantity
//! is read in one piece.

use readings::{Mac, Quantity, Timestamp};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Result, params};

use crate::store::labels::key;
use crate::store::page::Part;
use crate::store::scope::{Scope, Table};
use crate::store::{Bucketing, Grid, Sample, Series};

/// The table.
pub(super) const TABLE: Table = Table {
    name: "quantities",
    columns: "
        quantity INTEGER NOT NULL,
        mac INTEGER NOT NULL,
        time INTEGER NOT NULL,
        value REAL NOT NULL",
    key: "quantity, mac, time",
};

/// When there was last something about a mote that is no temperature.
pub(super) const HEARD: &str = "
    CREATE TABLE heard (
        mac INTEGER PRIMARY KEY,
        time INTEGER NOT NULL
    ) STRICT;";

/// What inserts a sample into the table of its quantity.
pub(super) fn inserting(connection: &Connection, scope: Scope) -> Result<CachedStatement<'_>> {
    scope.inserting(connection, "quantities", "quantity, mac, time, value")
}

/// The first samples of a part by mote and time, as many as it wants.
pub(super) fn samples(
    connection: &Connection,
    scope: Scope,
    part: &Part<'_>,
) -> Result<Vec<Sample>> {
    let &Part { quantity, macs, from, to, limit } = part;
    let mut query = connection.prepare_cached(&format!(
        "SELECT time, value FROM {} quantity = ?1 AND mac = ?2
         AND time >= ?3 AND time < ?4 ORDER BY time LIMIT ?5",
        scope.rows("quantities")
    ))?;
    let mut samples = Vec::new();
    for &mac in macs {
        let limit = i64::try_from(limit - samples.len()).unwrap_or(i64::MAX);
        let row = params![quantity.code(), key(mac), from.as_micros(), to.as_micros(), limit];
        let sample = |row: &rusqlite::Row<'_>| {
            let time = Timestamp::from_micros(row.get(0)?);
            Ok(Sample { mac, quantity, time, value: row.get(1)? })
        };
        for sample in query.query_map(row, sample)? {
            samples.push(sample?);
        }
    }
    Ok(samples)
}

/// The means of each of these motes that has any sample.
pub(super) fn series(
    connection: &Connection,
    scope: Scope,
    quantity: Quantity,
    macs: &[Mac],
    grid: Grid,
    oldest: Timestamp,
) -> Result<Vec<Series>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT time, value FROM {} quantity = ?1 AND mac = ?2 AND time >= ?3 AND time < ?4",
        scope.rows("quantities")
    ))?;
    let (from, to) = (grid.from().max(oldest).as_micros(), grid.to().as_micros());
    let mut all = Vec::new();
    for &mac in macs {
        let mut rows = query.query(params![quantity.code(), key(mac), from, to])?;
        let mut bucketing = None;
        while let Some(row) = rows.next()? {
            bucketing
                .get_or_insert_with(|| Bucketing::new(grid))
                .add(Timestamp::from_micros(row.get(0)?), row.get(1)?);
        }
        all.extend(bucketing.and_then(|bucketing| bucketing.series(mac)));
    }
    Ok(all)
}

/// The newest sample of each quantity of each mote in a stretch of time, both ends of it included.
pub(super) fn newest(
    connection: &Connection,
    scope: Scope,
    macs: &[Mac],
    quantities: &[(Quantity, Timestamp)],
    at: Timestamp,
) -> Result<Vec<Sample>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT time, value FROM {} quantity = ?1 AND mac = ?2
         AND time >= ?3 AND time <= ?4 ORDER BY time DESC LIMIT 1",
        scope.rows("quantities")
    ))?;
    let mut all = Vec::new();
    for &mac in macs {
        for &(quantity, from) in quantities {
            let row = params![quantity.code(), key(mac), from.as_micros(), at.as_micros()];
            let found = query.query_row(row, |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let sample = found.map(|(time, value)| Sample {
                mac,
                quantity,
                time: Timestamp::from_micros(time),
                value,
            });
            all.extend(sample);
        }
    }
    Ok(all)
}

/// The motes about which there was something else than temperatures, and when, at most `limit` of
/// them; none in a file of an earlier version.
pub(super) fn heard(connection: &Connection, limit: usize) -> Result<Vec<(Mac, Timestamp)>> {
    if !connection.table_exists(None, "heard")? {
        return Ok(Vec::new());
    }
    let mut query =
        connection.prepare("SELECT mac, time FROM heard ORDER BY time DESC LIMIT ?1")?;
    let row = |row: &rusqlite::Row<'_>| {
        Ok((crate::store::labels::mac(row.get(0)?), Timestamp::from_micros(row.get(1)?)))
    };
    query.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], row)?.collect()
}
