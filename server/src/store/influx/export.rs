//! What VictoriaMetrics holds. It keeps milliseconds; a reading's microseconds are cut off there.

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

struct Exported {
    mac: Mac,
    /// Ascending, each moment once.
    points: Vec<(Timestamp, f64)>,
}

/// A mote's samples by ascending time: all of the part, as the export knows no limit.
pub(super) fn samples(client: &Client, part: &Part) -> Result<Vec<Sample>, StoreError> {
    let exported = export(client, &[part.mac], part.from, part.to)?;
    let samples = exported.into_iter().flat_map(|Exported { mac, points }| {
        points.into_iter().map(move |(time, temperature)| Sample { mac, time, temperature })
    });
    Ok(samples.collect())
}

/// The motes there are.
pub(super) fn macs(client: &Client) -> Result<Vec<Mac>, StoreError> {
    #[derive(Deserialize)]
    struct Values {
        data: Vec<String>,
    }
    let json = client.label_values("mac", &format!("{MEASUREMENT}_value"))?;
    let values: Values = serde_json::from_slice(&json).map_err(|error| {
        StoreError::Unavailable(format!("the engine's labels are not readable: {error}"))
    })?;
    // Other programs' series are none of ours.
    Ok(values.data.iter().filter_map(|mac| mac.parse().ok()).collect())
}

pub(super) fn series(
    client: &Client,
    macs: &[Mac],
    grid: Grid,
    oldest: Timestamp,
) -> Result<Vec<Series>, StoreError> {
    let exported = export(client, macs, grid.from().max(oldest), grid.to())?;
    let series = |Exported { mac, points }: Exported| {
        let mut bucketing = Bucketing::new(grid);
        for (time, temperature) in points {
            bucketing.add(time, temperature);
        }
        bucketing.series(mac)
    };
    Ok(exported.into_iter().filter_map(series).collect())
}

pub(super) fn latest(client: &Client, oldest: Timestamp) -> Result<Vec<Sample>, StoreError> {
    let exported = export(client, &[], oldest, Timestamp::from_micros(i64::MAX))?;
    let last = |Exported { mac, points }: Exported| {
        let &(time, temperature) = points.last()?;
        Some(Sample { mac, time, temperature })
    };
    Ok(exported.into_iter().filter_map(last).collect())
}

/// The samples from `from` to before `to`, by mote.
fn export(
    client: &Client,
    macs: &[Mac],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Exported>, StoreError> {
    let any: Vec<String> = macs.iter().map(ToString::to_string).collect();
    let pattern = if any.is_empty() { ".+".to_owned() } else { any.join("|") };
    let selector = format!("{MEASUREMENT}_value{{mac=~\"{pattern}\"}}");
    // Without a century's limit the engine calls the end of time out of range.
    let to = to.as_micros().min(Timestamp::now().as_micros().saturating_add(3_600_000_000 * 48));
    let seconds = |micros: i64| format!("{}.{:03}", micros / 1_000_000, micros % 1_000_000 / 1000);
    let lines = client.export(&selector, &seconds(from.as_micros().max(0)), &seconds(to))?;
    let mut all: std::collections::BTreeMap<Mac, Vec<(Timestamp, f64)>> = Default::default();
    for line in lines.split(|&octet| octet == b'\n').filter(|line| !line.is_empty()) {
        let line: Line = serde_json::from_slice(line).map_err(|error| {
            StoreError::Unavailable(format!("the engine's export is not readable: {error}"))
        })?;
        // Other programs' series are none of ours.
        let Ok(mac) = line.metric.mac.parse() else { continue };
        let times = line.timestamps.iter().map(|millis| Timestamp::from_micros(millis * 1000));
        all.entry(mac).or_default().extend(times.zip(line.values));
    }
    let exported = all.into_iter().map(|(mac, mut points)| {
        points.retain(|&(time, _)| {
            time.as_micros() >= from.as_micros() - 999 && time.as_micros() < to
        });
        points.sort_by_key(|&(time, _)| time);
        points.dedup_by_key(|&mut (time, _)| time);
        Exported { mac, points }
    });
    Ok(exported.collect())
}
