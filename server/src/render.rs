use std::io::Write;

use readings::{Mac, Reading, Timestamp};
use serde::{Serialize, Serializer};

use crate::store::{Grid, Sample, Series, emit_lines};

const CSV_HEADER: &str = "mac,timestamp,temperature\r\n";

/// How readings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One array of objects, as they are posted.
    Json,
    /// With a header line: `mac,timestamp,temperature`.
    Csv,
    /// InfluxDB's line protocol, with times in microseconds.
    Lines,
}

/// One part of a list of readings; the parts put together are the whole.
#[must_use]
pub fn render_page(format: Format, samples: &[Sample], is_first: bool, is_last: bool) -> Vec<u8> {
    let mut text = Vec::with_capacity(samples.len() * 100);
    // Writing to a Vec does not fail.
    let _ = match format {
        Format::Json => write_json(&mut text, samples, is_first, is_last),
        Format::Csv => write_csv(&mut text, samples, is_first),
        Format::Lines => text.write_all(&emit_lines(samples)),
    };
    text
}

fn write_json(
    text: &mut Vec<u8>,
    samples: &[Sample],
    is_first: bool,
    is_last: bool,
) -> std::io::Result<()> {
    text.extend_from_slice(if is_first { b"[" } else { b"" });
    for (index, &sample) in samples.iter().enumerate() {
        if index > 0 || !is_first {
            text.extend_from_slice(b",\n");
        }
        serde_json::to_writer(&mut *text, &Reading::from(sample))?;
    }
    text.extend_from_slice(if is_last { b"]\n" } else { b"" });
    Ok(())
}

fn write_csv(text: &mut Vec<u8>, samples: &[Sample], is_first: bool) -> std::io::Result<()> {
    if is_first {
        text.extend_from_slice(CSV_HEADER.as_bytes());
    }
    for sample in samples {
        write!(text, "{},{},{}\r\n", sample.mac, sample.time, sample.temperature)?;
    }
    Ok(())
}

/// The means by column: compact, because a page asks for tens of thousands of them.
pub(crate) fn series_json(now: Timestamp, grid: &Grid, series: &[Series]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Answer {
        now: Timestamp,
        from: Timestamp,
        bucket_seconds: f64,
        buckets: usize,
        series: Vec<Column>,
    }
    #[derive(Serialize)]
    struct Column {
        mac: Mac,
        count: u64,
        min: f64,
        max: f64,
        means: Vec<Rounded>,
    }
    let column = |series: &Series| Column {
        mac: series.mac,
        count: series.count,
        min: series.min,
        max: series.max,
        means: series.means.iter().copied().map(Rounded).collect(),
    };
    #[expect(clippy::cast_precision_loss, reason = "a width, below 2^53 µs")]
    let answer = Answer {
        now,
        from: grid.from(),
        bucket_seconds: grid.width_micros() as f64 / 1e6,
        buckets: grid.buckets(),
        series: series.iter().map(column).collect(),
    };
    serde_json::to_vec(&answer).unwrap_or_default()
}

pub(crate) fn series_csv(grid: &Grid, series: &[Series]) -> Vec<u8> {
    let mut text = CSV_HEADER.as_bytes().to_vec();
    for series in series {
        for (bucket, mean) in series.means.iter().enumerate() {
            if let Some(mean) = mean {
                let (mac, start, mean) = (series.mac, grid.start_of(bucket), round(*mean));
                // Writing to a Vec does not fail.
                let _ = write!(text, "{mac},{start},{mean}\r\n");
            }
        }
    }
    text
}

/// To thousandths of a degree: ten times finer than what a mote measures.
fn round(mean: f64) -> f64 {
    (mean * 1000.0).round() / 1000.0
}

struct Rounded(Option<f64>);

impl Serialize for Rounded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.map(round).serialize(serializer)
    }
}
