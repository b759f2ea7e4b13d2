use core::fmt::Write;
use std::collections::BTreeMap;

use readings::{Mac, Timestamp};
use rusqlite::{Connection, Result, Row, params};

use crate::store::{Bucketing, Grid, Sample, Selection, Series};

/// The integer that stands for a mote.
pub(super) fn key(mac: Mac) -> i64 {
    i64::from_be_bytes(mac.octets())
}

fn mac(key: i64) -> Mac {
    Mac::from(key.to_be_bytes())
}

fn sample(row: &Row<'_>) -> Result<Sample> {
    Ok(Sample {
        time: Timestamp::from_micros(row.get(0)?),
        mac: mac(row.get(1)?),
        temperature: row.get(2)?,
    })
}

/// A condition on the mote; the numbers are ours, so they need no placeholders.
fn condition(macs: &[Mac]) -> String {
    if macs.is_empty() {
        return String::new();
    }
    let mut condition = String::from(" AND mac IN (");
    for (index, &mac) in macs.iter().enumerate() {
        // Writing to a String does not fail.
        let _ = write!(condition, "{}{}", if index > 0 { "," } else { "" }, key(mac));
    }
    condition + ")"
}

/// At most `limit` samples by time and mote, behind the one named by `after`.
pub(super) fn page(
    connection: &Connection,
    selection: &Selection,
    after: Option<(Mac, Timestamp)>,
    limit: usize,
) -> Result<Vec<Sample>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT time, mac, temperature FROM readings
         WHERE (time, mac) > (?1, ?2) AND time < ?3{} ORDER BY time, mac LIMIT ?4",
        condition(&selection.macs)
    ))?;
    // In front of every sample of the selection's first microsecond, unless it is further on.
    let start = (selection.from.as_micros().saturating_sub(1), i64::MAX);
    let start = after.map_or(start, |(mac, time)| start.max((time.as_micros(), key(mac))));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    query.query_map(params![start.0, start.1, selection.to.as_micros(), limit], sample)?.collect()
}

/// A range scan, with the buckets made here: SQL's GROUP BY takes three times as long.
pub(super) fn series(
    connection: &Connection,
    macs: &[Mac],
    grid: Grid,
    oldest: Timestamp,
) -> Result<Vec<Series>> {
    let mut range = connection.prepare_cached(&format!(
        "SELECT time, mac, temperature FROM readings WHERE time >= ?1 AND time < ?2{}",
        condition(macs)
    ))?;
    let from = grid.from().max(oldest).as_micros();
    let mut rows = range.query([from, grid.to().as_micros()])?;
    let mut bucketings: BTreeMap<Mac, Bucketing> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let Sample { mac, time, temperature } = sample(row)?;
        let bucketing = bucketings.entry(mac).or_insert_with(|| Bucketing::new(grid));
        bucketing.add(time, temperature);
    }
    Ok(bucketings.into_iter().filter_map(|(mac, bucketing)| bucketing.series(mac)).collect())
}

/// The latest sample of each mote: a scan of everything, once, when the file is opened.
pub(super) fn latest(connection: &Connection) -> Result<BTreeMap<Mac, Sample>> {
    let mut all =
        connection.prepare("SELECT max(time), mac, temperature FROM readings GROUP BY mac")?;
    let rows = all.query_map((), sample)?;
    rows.map(|sample| sample.map(|sample| (sample.mac, sample))).collect()
}
