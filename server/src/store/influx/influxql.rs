//! What InfluxDB holds, asked for in InfluxQL, which versions 1, 2 and 3 all answer at `/query`.

use std::collections::{BTreeMap, BTreeSet};

use readings::{Mac, Timestamp};
use serde::Deserialize;

use super::client::Client;
use super::line::MEASUREMENT;
use super::page::Part;
use crate::store::{Grid, Sample, Series, StoreError};

/// The far end of time as InfluxDB has it is nearer than ours.
const LAST_TIME: i64 = 9_000_000_000_000_000;

/// Means in one answer of the engine: it takes some forty octets for each.
const MEANS_AT_A_TIME: usize = 16_384;

/// Motes that one request for series may name.
pub(super) fn motes_at_a_time(grid: &Grid) -> usize {
    (MEANS_AT_A_TIME / grid.buckets().max(1)).clamp(1, super::MOTES_AT_A_TIME)
}

/// A mote's samples by ascending time.
pub(super) fn samples(client: &Client, part: &Part) -> Result<Vec<Sample>, StoreError> {
    let &Part { mac, from, to, limit } = part;
    let (from, to) = (from.as_micros(), to.as_micros().min(LAST_TIME));
    let results = ask(
        client,
        &format!(
            "SELECT \"value\" FROM \"{MEASUREMENT}\" WHERE \"mac\" = '{mac}' \
             AND time >= {from}u AND time < {to}u LIMIT {limit}"
        ),
    )?;
    let sample =
        |row: &Values| Some(Sample { mac, time: row.time()?, temperature: row.number(1)? });
    let rows = results.iter().flatten().flat_map(|series| &series.values);
    Ok(rows.filter_map(sample).collect())
}

pub(super) fn series(
    client: &Client,
    macs: &[Mac],
    grid: Grid,
    oldest: Timestamp,
) -> Result<Vec<Series>, StoreError> {
    let (width, start) = (grid.width_micros(), grid.from().as_micros());
    let offset = start.rem_euclid(width);
    let (from, to) = (grid.from().max(oldest).as_micros(), grid.to().as_micros().min(LAST_TIME));
    let range = format!("time >= {from}u AND time < {to}u{}", condition(macs));
    let results = ask(
        client,
        &format!(
            "SELECT count(\"value\"), min(\"value\"), max(\"value\") FROM \"{MEASUREMENT}\" \
             WHERE {range} GROUP BY \"mac\"; \
             SELECT mean(\"value\") FROM \"{MEASUREMENT}\" \
             WHERE {range} GROUP BY time({width}u, {offset}u), \"mac\" fill(none)"
        ),
    )?;
    let mut results = results.into_iter();
    let mut all = BTreeMap::new();
    for found in results.next().into_iter().flatten() {
        let Some((mac, row)) = found.mac().zip(found.values.first()) else { continue };
        let (count, min, max) = (row.number(1), row.number(2), row.number(3));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let count = count.unwrap_or_default() as u64;
        let (min, max) = (min.unwrap_or(f64::NAN), max.unwrap_or(f64::NAN));
        all.insert(mac, Series { mac, count, min, max, means: vec![None; grid.buckets()] });
    }
    for found in results.next().into_iter().flatten() {
        let Some(series) = found.mac().and_then(|mac| all.get_mut(&mac)) else { continue };
        for row in &found.values {
            let bucket = row.time().and_then(|time| grid.bucket_of(time));
            if let Some(mean) = bucket.and_then(|bucket| series.means.get_mut(bucket)) {
                *mean = row.number(1);
            }
        }
    }
    Ok(all.into_values().collect())
}

pub(super) fn latest(
    client: &Client,
    macs: &[Mac],
    oldest: Timestamp,
) -> Result<Vec<Sample>, StoreError> {
    let (oldest, condition) = (oldest.as_micros(), condition(macs));
    let results = ask(
        client,
        &format!(
            "SELECT last(\"value\") FROM \"{MEASUREMENT}\" WHERE time >= {oldest}u \
             AND time < {LAST_TIME}u{condition} GROUP BY \"mac\""
        ),
    )?;
    let sample = |series: &Found| {
        let row = series.values.first()?;
        Some(Sample { mac: series.mac()?, time: row.time()?, temperature: row.number(1)? })
    };
    let mut samples: Vec<_> = results.iter().flatten().filter_map(sample).collect();
    samples.sort_unstable_by_key(|sample| sample.mac);
    Ok(samples)
}

/// The motes there are, but no more than `limit`: from the index, so that it takes no longer with
/// more readings.
pub(super) fn macs(client: &Client, limit: usize) -> Result<BTreeSet<Mac>, StoreError> {
    let query = format!("SHOW TAG VALUES FROM \"{MEASUREMENT}\" WITH KEY = \"mac\" LIMIT {limit}");
    let results = ask(client, &query)?;
    let rows = results.iter().flatten().flat_map(|series| &series.values);
    // Other programs' series are none of ours.
    Ok(rows.filter_map(|row| row.text(1)?.parse().ok()).collect())
}

fn condition(macs: &[Mac]) -> String {
    let each: Vec<String> = macs.iter().map(|mac| format!("\"mac\" = '{mac}'")).collect();
    format!(" AND ({})", each.join(" OR "))
}

/// The series found by each statement of the query.
fn ask(client: &Client, query: &str) -> Result<Vec<Vec<Found>>, StoreError> {
    let json = client.query(query)?;
    let answer: Answer = serde_json::from_slice(&json).map_err(|error| {
        StoreError::Unavailable(format!("the engine's answer to a query is not readable: {error}"))
    })?;
    let mut results = Vec::new();
    for result in answer.results {
        match result.error {
            // Nothing was ever written.
            Some(error) if error.contains("not found") => results.push(Vec::new()),
            Some(error) => return Err(StoreError::Unavailable(error)),
            None => results.push(result.series),
        }
    }
    Ok(results)
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<Statement>,
}

#[derive(Deserialize)]
struct Statement {
    #[serde(default)]
    series: Vec<Found>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<Values>,
}

impl Found {
    fn mac(&self) -> Option<Mac> {
        self.tags.get("mac")?.parse().ok()
    }
}

/// A row.
#[derive(Deserialize)]
struct Values(Vec<Option<Value>>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Integer(i64),
    Float(f64),
    Text(String),
}

impl Values {
    fn time(&self) -> Option<Timestamp> {
        match self.0.first()? {
            Some(Value::Integer(micros)) => Some(Timestamp::from_micros(*micros)),
            _ => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a temperature that happens to be whole")]
    fn number(&self, column: usize) -> Option<f64> {
        match self.0.get(column)?.as_ref()? {
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            Value::Text(_) => None,
        }
    }

    fn text(&self, column: usize) -> Option<&str> {
        match self.0.get(column)?.as_ref()? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}
