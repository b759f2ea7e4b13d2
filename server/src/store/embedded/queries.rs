use readings::{Mac, Timestamp};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Result, params};

use crate::store::{Bucketing, Grid, Sample, Selection, Series};

/// The integer that stands for a mote. The order of these is signed, so it is SQLite's own and
/// not the text's; [`macs`] sorts for those who care.
pub(super) fn key(mac: Mac) -> i64 {
    i64::from_be_bytes(mac.octets())
}

fn mac(key: i64) -> Mac {
    Mac::from(key.to_be_bytes())
}

/// Every mote that has a sample: one seek each, however many samples there are.
pub(super) fn macs(connection: &Connection) -> Result<Vec<Mac>> {
    let mut first = connection.prepare_cached("SELECT min(mac) FROM readings")?;
    let mut next = connection.prepare_cached("SELECT min(mac) FROM readings WHERE mac > ?1")?;
    let mut macs = Vec::new();
    let mut found: Option<i64> = first.query_row((), |row| row.get(0))?;
    while let Some(key) = found {
        macs.push(mac(key));
        found = next.query_row([key], |row| row.get(0))?;
    }
    macs.sort_unstable();
    Ok(macs)
}

fn selected(connection: &Connection, asked: &[Mac]) -> Result<Vec<Mac>> {
    if asked.is_empty() {
        return macs(connection);
    }
    let mut macs = asked.to_vec();
    macs.sort_unstable();
    macs.dedup();
    Ok(macs)
}

pub(super) fn page(
    connection: &Connection,
    selection: &Selection,
    after: Option<(Mac, Timestamp)>,
    limit: usize,
) -> Result<Vec<Sample>> {
    let mut range = connection.prepare_cached(
        "SELECT time, temperature FROM readings
         WHERE mac = ?1 AND time >= ?2 AND time < ?3 ORDER BY time LIMIT ?4",
    )?;
    let mut samples = Vec::new();
    for mac in selected(connection, &selection.macs)? {
        let mut from = selection.from.as_micros();
        if let Some((last, time)) = after {
            if mac < last {
                continue;
            }
            if mac == last {
                from = from.max(time.as_micros().saturating_add(1));
            }
        }
        let wanted = i64::try_from(limit - samples.len()).unwrap_or(i64::MAX);
        let to = selection.to.as_micros();
        let mut rows = range.query(params![key(mac), from, to, wanted])?;
        while let Some(row) = rows.next()? {
            samples.push(Sample {
                mac,
                time: Timestamp::from_micros(row.get(0)?),
                temperature: row.get(1)?,
            });
        }
        if samples.len() >= limit {
            break;
        }
    }
    Ok(samples)
}

/// A range scan, with the buckets made here: SQL's GROUP BY takes three times as long.
pub(super) fn series(
    connection: &Connection,
    macs: &[Mac],
    grid: Grid,
    oldest: Timestamp,
) -> Result<Vec<Series>> {
    let mut range = connection.prepare_cached(
        "SELECT time, temperature FROM readings
         WHERE mac = ?1 AND time >= ?2 AND time < ?3 ORDER BY time",
    )?;
    let from = grid.from().max(oldest).as_micros();
    let mut bucketing = Bucketing::new(grid);
    let mut all = Vec::new();
    for mac in selected(connection, macs)? {
        let mut rows = range.query(params![key(mac), from, grid.to().as_micros()])?;
        while let Some(row) = rows.next()? {
            bucketing.add(Timestamp::from_micros(row.get(0)?), row.get(1)?);
        }
        all.extend(bucketing.take(mac));
    }
    Ok(all)
}

pub(super) fn latest(connection: &Connection, oldest: Timestamp) -> Result<Vec<Sample>> {
    let mut last = connection.prepare_cached(
        "SELECT time, temperature FROM readings
         WHERE mac = ?1 AND time >= ?2 ORDER BY time DESC LIMIT 1",
    )?;
    let mut samples = Vec::new();
    for mac in macs(connection)? {
        samples.extend(latest_of(&mut last, mac, oldest)?);
    }
    Ok(samples)
}

fn latest_of(
    last: &mut CachedStatement<'_>,
    mac: Mac,
    oldest: Timestamp,
) -> Result<Option<Sample>> {
    last.query_row(params![key(mac), oldest.as_micros()], |row| {
        Ok(Sample { mac, time: Timestamp::from_micros(row.get(0)?), temperature: row.get(1)? })
    })
    .optional()
}
