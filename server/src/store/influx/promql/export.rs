//! Readings as they were written.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};

use readings::{Mac, Quantity, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::selector;
use super::values::{since, values};
use crate::store::influx::client::{Client, MAX_ANSWER};
use crate::store::page::Part;
use crate::store::{Bucketing, Grid, Sample, Series, StoreError};

/// Samples in a line of the export.
const ROWS_PER_LINE: &str = "1000";

/// One series, as a line of the export.
#[derive(Deserialize)]
pub(super) struct Line<T> {
    pub(super) metric: T,
    values: Vec<f64>,
    /// Milliseconds.
    timestamps: Vec<i64>,
}

impl<T> Line<T> {
    /// Times and values in a stretch of time.
    pub(super) fn within(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Iterator<Item = (Timestamp, f64)> + '_ {
        // What is of a millisecond that the stretch begins in is in it.
        let stretch = from.as_micros().saturating_sub(999)..to.as_micros();
        let times = self.timestamps.iter().map(|millis| millis.saturating_mul(1000));
        let all = times.zip(&self.values).filter(move |(time, _)| stretch.contains(time));
        all.map(|(time, &value)| (Timestamp::from_micros(time), value))
    }
}

#[derive(Deserialize)]
struct Metric {
    mac: String,
}

/// The first samples of a part by mote and time, as many as it wants.
pub(super) fn samples(client: &Client, part: &Part<'_>) -> Result<Vec<Sample>, StoreError> {
    let mut samples: Vec<Sample> = Vec::new();
    let first = |samples: &mut Vec<Sample>| {
        samples.sort_by_key(|sample| (sample.mac, sample.time));
        samples.dedup_by_key(|sample| (sample.mac, sample.time));
        samples.truncate(part.limit);
    };
    let quantity = part.quantity;
    export(client, quantity, part.macs, part.from, part.to, |mac, time, value| {
        samples.push(Sample { mac, quantity, time, value });
        // The export knows no limit.
        if samples.len() / 2 > part.limit {
            first(&mut samples);
        }
    })?;
    first(&mut samples);
    Ok(samples)
}

/// The motes with temperatures, and those of which there is anything, but no more than `limit`.
pub(super) fn macs(client: &Client, limit: usize) -> Result<[BTreeSet<Mac>; 2], StoreError> {
    let of = |series: &str, start: Option<&str>| {
        let mut parameters = vec![("match[]", series)];
        parameters.extend(start.map(|start| ("start", start)));
        let macs = values(client, "mac", &parameters)?;
        // Other programs' series are none of ours.
        Ok(macs.iter().filter_map(|mac| mac.parse().ok()).take(limit).collect())
    };
    let with_a_mac = format!("{{mac!=\"\"{}}}", client.whose.matcher());
    let temperatures = format!("{}_value{with_a_mac}", Quantity::TEMPERATURE);
    Ok([of(&temperatures, None)?, of(&with_a_mac, Some(&since(client)))?])
}

/// The means of some motes, of readings that are handed out one by one.
pub(super) fn series(
    client: &Client,
    quantity: Quantity,
    macs: &[Mac],
    grid: Grid,
    oldest: Timestamp,
) -> Result<Vec<Series>, StoreError> {
    let mut all: BTreeMap<Mac, (Bucketing, Timestamp)> = BTreeMap::new();
    export(client, quantity, macs, grid.from().max(oldest), grid.to(), |mac, time, value| {
        let begin = || (Bucketing::new(grid), Timestamp::from_micros(i64::MIN));
        let (bucketing, last) = all.entry(mac).or_insert_with(begin);
        // Without deduplication the engine tells of a repeated reading twice.
        if *last != time {
            bucketing.add(time, value);
            *last = time;
        }
    })?;
    Ok(all.into_iter().filter_map(|(mac, (bucketing, _))| bucketing.series(mac)).collect())
}

/// Hands out the samples from `from` to before `to`, each series by ascending time.
fn export(
    client: &Client,
    quantity: Quantity,
    macs: &[Mac],
    from: Timestamp,
    to: Timestamp,
    mut take: impl FnMut(Mac, Timestamp, f64),
) -> Result<(), StoreError> {
    let selector = selector(client, quantity, macs);
    let (start, end) = bounds(from, to);
    lines(client, &selector, (&start, &end), |line: Line<Metric>| {
        // Other programs' series are none of ours.
        let Ok(mac) = line.metric.mac.parse() else { return };
        line.within(from, to).for_each(|(time, value)| take(mac, time, value));
    })
}

/// A stretch of time as the engine has it, in seconds. Without a century's limit it calls the end of
/// time out of range.
pub(super) fn bounds(from: Timestamp, to: Timestamp) -> (String, String) {
    let to = to.as_micros().min(Timestamp::now().as_micros().saturating_add(3_600_000_000 * 48));
    let seconds = |micros: i64| format!("{}.{:03}", micros / 1_000_000, micros % 1_000_000 / 1000);
    (seconds(from.as_micros().max(0)), seconds(to.max(0)))
}

/// Hands out what the series of a selector have, as lines that are not long.
pub(super) fn lines<T: DeserializeOwned>(
    client: &Client,
    selector: &str,
    (start, end): (&str, &str),
    mut take: impl FnMut(T),
) -> Result<(), StoreError> {
    let parameters = [
        ("match[]", selector),
        ("start", start),
        ("end", end),
        ("max_rows_per_line", ROWS_PER_LINE),
    ];
    client.stream("/api/v1/export", &parameters, |answer| {
        let mut answer = BufReader::new(answer);
        let mut line = Vec::new();
        loop {
            line.clear();
            match answer.by_ref().take(MAX_ANSWER).read_until(b'\n', &mut line) {
                Ok(0) => return Ok(()),
                Ok(_) if line == b"\n" => {}
                Ok(_) => {
                    let parsed = serde_json::from_slice(&line);
                    take(parsed.map_err(|error| {
                        format!("the engine's export is not readable: {error}")
                    })?);
                }
                Err(error) => return Err(format!("the engine's answer: {error}")),
            }
        }
    })
}
