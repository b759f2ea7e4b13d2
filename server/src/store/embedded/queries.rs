//! Temperatures, and what has a table by time.

use core::fmt::Write;
use std::collections::{BTreeMap, HashMap};

use readings::{Mac, Timestamp};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use crate::store::labels::{key, mac};
use crate::store::scope::Scope;
use crate::store::{Bucketing, Grid, Sample, Selection, Series};

/// Motes that are worth a condition of SQL.
const FEW_MOTES: usize = 100;

fn sample(row: &Row<'_>) -> Result<Sample> {
    let time = Timestamp::from_micros(row.get(0)?);
    Ok(Sample::temperature(mac(row.get(1)?), time, row.get(2)?))
}

/// A condition on the mote; the numbers are ours, so they need no placeholders.
pub(super) fn condition(macs: &[Mac]) -> String {
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
    scope: Scope,
    selection: &Selection,
    after: Option<(Mac, Timestamp)>,
    limit: usize,
) -> Result<Vec<Sample>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT time, mac, temperature FROM {}
         (time, mac) > (?1, ?2) AND time < ?3{} ORDER BY time, mac LIMIT ?4",
        scope.rows("readings"),
        condition(&selection.macs)
    ))?;
    // In front of every sample of the selection's first microsecond, unless it is further on.
    let start = (selection.from.as_micros().saturating_sub(1), i64::MAX);
    let start = after.map_or(start, |(mac, time)| start.max((time.as_micros(), key(mac))));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    query.query_map(params![start.0, start.1, selection.to.as_micros(), limit], sample)?.collect()
}

/// The motes are a condition of SQL if they are few of `all`: to ask for each row costs more else.
///
/// A range scan, with the buckets made here: SQL's GROUP BY takes three times as long.
pub(super) fn series(
    connection: &Connection,
    scope: Scope,
    macs: &[Mac],
    all: usize,
    grid: Grid,
    oldest: Timestamp,
) -> Result<Vec<Series>> {
    let few = macs.len() <= FEW_MOTES && macs.len() < all / 2;
    let mut range = connection.prepare_cached(&format!(
        "SELECT time, mac, temperature FROM {} time >= ?1 AND time < ?2{} ORDER BY time",
        scope.rows("readings"),
        condition(if few { macs } else { &[] })
    ))?;
    let from = grid.from().max(oldest).as_micros();
    let mut rows = range.query([from, grid.to().as_micros()])?;
    let mut motes = Motes::new(macs);
    // Most rows fall into the same bucket as the one before.
    let (mut bucket, mut bucket_end) = (0, i64::MIN);
    while let Some(row) = rows.next()? {
        let time = row.get(0)?;
        if time >= bucket_end {
            let Some(next) = grid.bucket_of(Timestamp::from_micros(time)) else { continue };
            (bucket, bucket_end) = (next, grid.start_of(next + 1).as_micros());
        }
        if let Some(bucketing) = motes.bucketing(row.get(1)?, grid) {
            bucketing.add_to(bucket, row.get(2)?);
        }
    }
    Ok(motes.series())
}

/// Buckets of each mote asked for, found fast: motes report in turn, mostly in the same order.
struct Motes {
    by_first_sample: Vec<(i64, Bucketing)>,
    /// None: no sample yet.
    indices: HashMap<i64, Option<usize>>,
    /// The one whose turn it should be.
    next: usize,
}

impl Motes {
    fn new(macs: &[Mac]) -> Self {
        let indices = macs.iter().map(|&mac| (key(mac), None)).collect();
        Self { by_first_sample: Vec::new(), indices, next: 0 }
    }

    fn bucketing(&mut self, key: i64, grid: Grid) -> Option<&mut Bucketing> {
        let Self { by_first_sample, indices, next } = self;
        let index = match by_first_sample.get(*next) {
            Some((expected, _)) if *expected == key => *next,
            _ => *indices.get_mut(&key)?.get_or_insert_with(|| {
                by_first_sample.push((key, Bucketing::new(grid)));
                by_first_sample.len() - 1
            }),
        };
        *next = if index + 1 < by_first_sample.len() { index + 1 } else { 0 };
        Some(&mut by_first_sample[index].1)
    }

    fn series(self) -> Vec<Series> {
        let series = |(key, bucketing): (_, Bucketing)| bucketing.series(mac(key));
        let mut all: Vec<Series> = self.by_first_sample.into_iter().filter_map(series).collect();
        all.sort_unstable_by_key(|series| series.mac);
        all
    }
}

/// The newest temperature of each of these motes in a stretch of time, both ends of it included,
/// where that is not known otherwise.
pub(super) fn newest(
    connection: &Connection,
    scope: Scope,
    macs: &[Mac],
    from: Timestamp,
    at: Timestamp,
) -> Result<Vec<Sample>> {
    let mut all = Vec::new();
    let mut query = connection.prepare_cached(&format!(
        "SELECT time, mac, temperature FROM {}
         time >= ?1 AND time <= ?2 AND mac = ?3 ORDER BY time DESC LIMIT 1",
        scope.rows("readings")
    ))?;
    for &mac in macs {
        let row = params![from.as_micros(), at.as_micros(), key(mac)];
        all.extend(query.query_row(row, sample).optional()?);
    }
    Ok(all)
}

/// The latest sample of each mote: a scan of everything, once, when the file is opened. Of more
/// motes than `limit` those that were heard of last. SQL's GROUP BY would sort all of it.
pub(super) fn latest(connection: &Connection, limit: usize) -> Result<BTreeMap<Mac, Sample>> {
    let mut all = connection
        .prepare("SELECT time, mac, temperature FROM readings ORDER BY time DESC, mac DESC")?;
    let mut rows = all.query(())?;
    let mut found = HashMap::new();
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(1)?;
        if !found.contains_key(&key) && found.len() < limit {
            found.insert(key, sample(row)?);
        }
    }
    Ok(found.into_iter().map(|(key, sample)| (mac(key), sample)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::embedded::database;

    #[test]
    fn samples_are_in_the_buckets_of_their_own_mote_in_whatever_order_motes_report() {
        let folder = tempfile::tempdir().unwrap();
        let connection = database::open(&folder.path().join("test.db")).unwrap().connection;
        let grid = Grid::new(Timestamp::from_micros(100), Timestamp::from_micros(900), 9).unwrap();
        let mut expected: BTreeMap<Mac, Bucketing> = BTreeMap::new();
        let mut rng = fastrand::Rng::with_seed(1);
        for time in 0..1000 {
            // Some motes report seldom, some join late, and some moments bring nothing.
            for key in -3..4 {
                if time <= 100 * key || rng.i64(0..5) <= key {
                    continue;
                }
                let temperature = rng.f64();
                connection
                    .execute(
                        "INSERT INTO readings VALUES (?, ?, ?)",
                        params![time, key, temperature],
                    )
                    .unwrap();
                let bucketing = expected.entry(mac(key)).or_insert_with(|| Bucketing::new(grid));
                // What is older than is kept does not count.
                if time >= 200 {
                    bucketing.add(Timestamp::from_micros(time), temperature);
                }
            }
        }
        let expected = expected.into_iter().filter_map(|(mac, mote)| mote.series(mac));
        let oldest = Timestamp::from_micros(200);
        let all: Vec<Mac> = (-3..9).map(mac).collect();
        let found = series(&connection, Scope::DEFAULT, &all, all.len(), grid, oldest).unwrap();
        assert_eq!(found, expected.collect::<Vec<_>>());
        assert_eq!(found.len(), 7);
        for of in [2, 100] {
            let some =
                series(&connection, Scope::DEFAULT, &[mac(2), mac(-1)], of, grid, oldest).unwrap();
            assert_eq!(some, [&found[2], &found[6]].map(Clone::clone), "{of}");
        }
    }

    #[test]
    fn of_too_many_motes_the_last_are_known_by_their_latest_sample() {
        let folder = tempfile::tempdir().unwrap();
        let connection = database::open(&folder.path().join("test.db")).unwrap().connection;
        for (time, key) in [(1, 5), (1, 6), (2, -1), (3, 5), (4, 7), (4, -1)] {
            let row = params![time, key, time as f64];
            connection.execute("INSERT INTO readings VALUES (?, ?, ?)", row).unwrap();
        }
        let found = |limit| -> Vec<(Mac, f64)> {
            let latest = latest(&connection, limit).unwrap();
            latest.values().map(|sample| (sample.mac, sample.value)).collect()
        };
        assert_eq!(found(9), [(mac(5), 3.0), (mac(6), 1.0), (mac(7), 4.0), (mac(-1), 4.0)]);
        assert_eq!(found(2), [(mac(7), 4.0), (mac(-1), 4.0)]);
    }
}
