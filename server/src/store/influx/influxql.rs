//! What InfluxDB holds, asked for in InfluxQL, which versions 1, 2 and 3 all answer at `/query`.

use std::collections::{BTreeMap, BTreeSet};

use readings::{Mac, Quantity, Source, Timestamp};
use serde::Deserialize;

use super::client::Client;
use crate::store::page::Part;
use crate::store::{Grid, Sample, Series, StoreError};

/// The far end of time as InfluxDB has it is nearer than ours.
pub(super) const LAST_TIME: i64 = 9_000_000_000_000_000;

/// Means in one answer of the engine: it takes some forty octets for each.
const MEANS_AT_A_TIME: usize = 16_384;

/// Motes that one request for series may name.
pub(super) fn motes_at_a_time(grid: &Grid) -> usize {
    (MEANS_AT_A_TIME / grid.buckets().max(1)).clamp(1, super::MOTES_AT_A_TIME)
}

/// A mote's samples by ascending time.
pub(super) fn samples(client: &Client, part: &Part) -> Result<Vec<Sample>, StoreError> {
    let &Part { quantity, mac, from, to, limit } = part;
    let (from, to) = (from.as_micros(), to.as_micros().min(LAST_TIME));
    let results = ask(
        client,
        &format!(
            "SELECT \"value\" FROM \"{quantity}\" WHERE \"mac\" = '{mac}' \
             AND time >= {from}u AND time < {to}u LIMIT {limit}"
        ),
        is_of_network(quantity),
    )?;
    let sample =
        |row: &Values| Some(Sample { mac, quantity, time: row.time()?, value: row.number(1)? });
    let rows = results.iter().flatten().flat_map(|series| &series.values);
    Ok(rows.filter_map(sample).collect())
}

pub(super) fn series(
    client: &Client,
    quantity: Quantity,
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
            "SELECT count(\"value\"), min(\"value\"), max(\"value\") FROM \"{quantity}\" \
             WHERE {range} GROUP BY \"mac\"; \
             SELECT mean(\"value\") FROM \"{quantity}\" \
             WHERE {range} GROUP BY time({width}u, {offset}u), \"mac\" fill(none)"
        ),
        is_of_network(quantity),
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

/// The newest sample of each of these motes in a stretch of time, both ends of it included.
pub(super) fn newest(
    client: &Client,
    quantity: Quantity,
    macs: &[Mac],
    from: Timestamp,
    at: Timestamp,
) -> Result<Vec<Sample>, StoreError> {
    let (oldest, condition) = (from.as_micros(), condition(macs));
    let end = at.as_micros().saturating_add(1).min(LAST_TIME);
    let results = ask(
        client,
        &format!(
            "SELECT last(\"value\") FROM \"{quantity}\" WHERE time >= {oldest}u \
             AND time < {end}u{condition} GROUP BY \"mac\""
        ),
        is_of_network(quantity),
    )?;
    let sample = |series: &Found| {
        let row = series.values.first()?;
        let (mac, time, value) = (series.mac()?, row.time()?, row.number(1)?);
        Some(Sample { mac, quantity, time, value })
    };
    let mut samples: Vec<_> = results.iter().flatten().filter_map(sample).collect();
    samples.sort_unstable_by_key(|sample| sample.mac);
    Ok(samples)
}

/// The motes with temperatures, and those of which there is anything else, but no more than `limit`:
/// from the index, so that it takes no longer with more readings.
pub(super) fn macs(client: &Client, limit: usize) -> Result<[BTreeSet<Mac>; 2], StoreError> {
    let of = |measurements: &str| {
        let query = format!("SHOW TAG VALUES FROM {measurements} WITH KEY = \"mac\" LIMIT {limit}");
        let results = ask(client, &query, false)?;
        let rows = results.iter().flatten().flat_map(|series| &series.values);
        // Other programs' series are none of ours.
        Ok(rows.filter_map(|row| row.text(1)?.parse().ok()).collect())
    };
    let quoted = |name: &str| format!("\"{name}\"");
    let sensors = Quantity::all()
        .filter(|&it| it.source() == Source::Sensor && it != Quantity::TEMPERATURE)
        .map(Quantity::name);
    // A mote of which the manager says anything has one of these.
    let telling = [Quantity::MOTE_ID, Quantity::MOTE_STATE, Quantity::CHARGE].map(Quantity::name);
    let others: Vec<String> = sensors.chain(telling).chain(["link", "event"]).map(quoted).collect();
    Ok([of(&quoted(Quantity::TEMPERATURE.name()))?, of(&others.join(", "))?])
}

fn is_of_network(quantity: Quantity) -> bool {
    quantity.source() != Source::Sensor
}

pub(super) fn condition(macs: &[Mac]) -> String {
    let each: Vec<String> = macs.iter().map(|mac| format!("\"mac\" = '{mac}'")).collect();
    format!(" AND ({})", each.join(" OR "))
}

/// The series found by each statement of the query.
pub(super) fn ask(
    client: &Client,
    query: &str,
    is_of_network: bool,
) -> Result<Vec<Vec<Found>>, StoreError> {
    let json = client.query(query, is_of_network)?;
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
pub(super) struct Found {
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) values: Vec<Values>,
}

impl Found {
    fn mac(&self) -> Option<Mac> {
        self.tags.get("mac")?.parse().ok()
    }
}

/// A row.
#[derive(Deserialize)]
pub(super) struct Values(Vec<Option<Value>>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Integer(i64),
    Float(f64),
    Text(String),
}

impl Values {
    pub(super) fn time(&self) -> Option<Timestamp> {
        match self.0.first()? {
            Some(Value::Integer(micros)) => Some(Timestamp::from_micros(*micros)),
            _ => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a value that happens to be whole")]
    pub(super) fn number(&self, column: usize) -> Option<f64> {
        match self.0.get(column)?.as_ref()? {
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            Value::Text(_) => None,
        }
    }

    pub(super) fn text(&self, column: usize) -> Option<&str> {
        match self.0.get(column)?.as_ref()? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}
