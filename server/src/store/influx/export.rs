//! What VictoriaMetrics holds. It keeps milliseconds; a reading's microseconds are cut off there.

use std::collections::{BTreeMap, BTreeSet};

use readings::{Mac, Timestamp};
use serde::Deserialize;

use super::client::Client;
use super::line::MEASUREMENT;
use super::page::Part;
use crate::store::{Bucketing, Grid, Sample, Series, StoreError};

/// One series, as a line of the export.
#[derive(Deserialize)]
struct Line {
    metric: Metric,
    values: Vec<f64>,
    /// Milliseconds.
    timestamps: Vec<i64>,
}

#[derive(Deserialize)]
struct Metric {
    mac: String,
}

/// A mote's first samples by ascending time, as many as the part wants.
pub(super) fn samples(client: &Client, part: &Part) -> Result<Vec<Sample>, StoreError> {
    let mut samples: Vec<Sample> = Vec::new();
    let earliest = |samples: &mut Vec<Sample>| {
        samples.sort_by_key(|sample| sample.time);
        samples.dedup_by_key(|sample| sample.time);
        samples.truncate(part.limit);
    };
    export(client, &[part.mac], part.from, part.to, |mac, time, temperature| {
        samples.push(Sample { mac, time, temperature });
        // The export knows no limit.
        if samples.len() / 2 > part.limit {
            earliest(&mut samples);
        }
    })?;
    earliest(&mut samples);
    Ok(samples)
}

/// The motes there are, but no more than `limit`.
pub(super) fn macs(client: &Client, limit: usize) -> Result<BTreeSet<Mac>, StoreError> {
    #[derive(Deserialize)]
    struct Values {
        data: Vec<String>,
    }
    let json = client.label_values("mac", &format!("{MEASUREMENT}_value"))?;
    let values: Values = serde_json::from_slice(&json).map_err(|error| {
        StoreError::Unavailable(format!("the engine's labels are not readable: {error}"))
    })?;
    // Other programs' series are none of ours.
    Ok(values.data.iter().filter_map(|mac| mac.parse().ok()).take(limit).collect())
}

pub(super) fn series(
    client: &Client,
    macs: &[Mac],
    grid: Grid,
    oldest: Timestamp,
) -> Result<Vec<Series>, StoreError> {
    let mut all: BTreeMap<Mac, (Bucketing, Timestamp)> = BTreeMap::new();
    export(client, macs, grid.from().max(oldest), grid.to(), |mac, time, temperature| {
        let begin = || (Bucketing::new(grid), Timestamp::from_micros(i64::MIN));
        let (bucketing, last) = all.entry(mac).or_insert_with(begin);
        // Without deduplication the engine tells of a repeated reading twice.
        if *last != time {
            bucketing.add(time, temperature);
            *last = time;
        }
    })?;
    Ok(all.into_iter().filter_map(|(mac, (bucketing, _))| bucketing.series(mac)).collect())
}

pub(super) fn latest(
    client: &Client,
    macs: &[Mac],
    oldest: Timestamp,
) -> Result<Vec<Sample>, StoreError> {
    let mut all: BTreeMap<Mac, Sample> = BTreeMap::new();
    let end = Timestamp::from_micros(i64::MAX);
    export(client, macs, oldest, end, |mac, time, temperature| {
        let sample = Sample { mac, time, temperature };
        let last = all.entry(mac).or_insert(sample);
        if last.time < time {
            *last = sample;
        }
    })?;
    Ok(all.into_values().collect())
}

/// Hands out the samples from `from` to before `to`, each series by ascending time.
fn export(
    client: &Client,
    macs: &[Mac],
    from: Timestamp,
    to: Timestamp,
    mut take: impl FnMut(Mac, Timestamp, f64),
) -> Result<(), StoreError> {
    let any: Vec<String> = macs.iter().map(ToString::to_string).collect();
    let selector = format!("{MEASUREMENT}_value{{mac=~\"{}\"}}", any.join("|"));
    // Without a century's limit the engine calls the end of time out of range.
    let to = to.as_micros().min(Timestamp::now().as_micros().saturating_add(3_600_000_000 * 48));
    let seconds = |micros: i64| format!("{}.{:03}", micros / 1_000_000, micros % 1_000_000 / 1000);
    client.export(&selector, &seconds(from.as_micros().max(0)), &seconds(to), |line| {
        let line: Line = serde_json::from_slice(line).map_err(|error| {
            StoreError::Unavailable(format!("the engine's export is not readable: {error}"))
        })?;
        // Other programs' series are none of ours.
        let Ok(mac) = line.metric.mac.parse() else { return Ok(()) };
        for (&millis, temperature) in line.timestamps.iter().zip(line.values) {
            let time = millis.saturating_mul(1000);
            if time >= from.as_micros().saturating_sub(999) && time < to {
                take(mac, Timestamp::from_micros(time), temperature);
            }
        }
        Ok(())
    })
}
