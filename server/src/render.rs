use std::io::Write;

use readings::{Mac, Quantity, Reading, Timestamp};
use serde::{Serialize, Serializer};

use crate::number::Number;
use crate::store::{Grid, Sample, Series, emit_lines};

/// How readings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One array of objects, as they are posted.
    Json,
    /// With a header line: `mac,timestamp,temperature`, or another quantity's name.
    Csv,
    /// InfluxDB's line protocol, with times in microseconds.
    Lines,
}

/// One part of a list of readings; the parts put together are the whole.
#[must_use]
pub fn render_page(
    format: Format,
    quantity: Quantity,
    samples: &[Sample],
    is_first: bool,
    is_last: bool,
) -> Vec<u8> {
    let mut text = Vec::with_capacity(samples.len() * 100);
    // Writing to a Vec does not fail.
    let _ = match format {
        Format::Json => write_json(&mut text, samples, is_first, is_last),
        Format::Csv => write_csv(&mut text, quantity, samples, is_first),
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

/// One part of a list in JSON; the parts put together are the whole.
pub(crate) fn json_page<T: Serialize>(items: &[T], is_first: bool, is_last: bool) -> Vec<u8> {
    let mut text = Vec::new();
    text.extend_from_slice(if is_first { b"[" } else { b"" });
    for (index, item) in items.iter().enumerate() {
        if index > 0 || !is_first {
            text.extend_from_slice(b",\n");
        }
        // Writing to a Vec does not fail.
        let _ = serde_json::to_writer(&mut text, item);
    }
    text.extend_from_slice(if is_last { b"]\n" } else { b"" });
    text
}

fn csv_header(quantity: Quantity) -> String {
    format!("mac,timestamp,{quantity}\r\n")
}

fn write_csv(
    text: &mut Vec<u8>,
    quantity: Quantity,
    samples: &[Sample],
    is_first: bool,
) -> std::io::Result<()> {
    if is_first {
        text.extend_from_slice(csv_header(quantity).as_bytes());
    }
    for sample in samples {
        write!(text, "{},{},{}\r\n", sample.mac, sample.time, Number(sample.value))?;
    }
    Ok(())
}

/// Writes means, mote by mote. In JSON they are by column: compact, because a page asks for tens of
/// thousands of them.
pub(crate) struct SeriesWriter {
    format: Format,
    quantity: Quantity,
    now: Timestamp,
    grid: Grid,
    /// The number of buckets that was asked for, if it was reduced.
    asked: Option<usize>,
    /// Series written; none before the beginning.
    written: Option<usize>,
}

impl SeriesWriter {
    pub(crate) const fn new(
        format: Format,
        quantity: Quantity,
        now: Timestamp,
        grid: Grid,
        asked: Option<usize>,
    ) -> Self {
        Self { format, quantity, now, grid, asked, written: None }
    }

    /// What comes first, at the first time; then nothing.
    pub(crate) fn begin(&mut self) -> Vec<u8> {
        if self.written.is_some() {
            return Vec::new();
        }
        self.written = Some(0);
        if self.format != Format::Json {
            return csv_header(self.quantity).into_bytes();
        }
        let Self { now, grid, .. } = self;
        #[expect(clippy::cast_precision_loss, reason = "a width, below 2^53 µs")]
        let seconds = serde_json::Value::from(grid.width_micros() as f64 / 1e6);
        let (from, buckets) = (grid.from(), grid.buckets());
        let asked = self.asked.map(|asked| format!(r#""buckets_asked":{asked},"#));
        let asked = asked.unwrap_or_default();
        format!(
            r#"{{"now":"{now}","from":"{from}","bucket_seconds":{seconds},"buckets":{buckets},{asked}"series":["#
        )
        .into_bytes()
    }

    pub(crate) fn write(&mut self, text: &mut Vec<u8>, series: &Series) {
        let written = self.written.unwrap_or_default();
        // Writing to a Vec does not fail.
        let _ = match self.format {
            Format::Json => write_series_json(text, series, written == 0),
            _ => write_series_csv(text, &self.grid, series),
        };
        self.written = Some(written + 1);
    }

    pub(crate) fn end(&self, text: &mut Vec<u8>) {
        if self.format == Format::Json {
            text.extend_from_slice(b"]}");
        }
    }
}

fn write_series_json(text: &mut Vec<u8>, series: &Series, is_first: bool) -> std::io::Result<()> {
    #[derive(Serialize)]
    struct Column<'a> {
        mac: Mac,
        count: u64,
        min: f64,
        max: f64,
        means: Means<'a>,
    }
    if !is_first {
        text.push(b',');
    }
    let &Series { mac, count, min, max, ref means } = series;
    serde_json::to_writer(text, &Column { mac, count, min, max, means: Means(means) })?;
    Ok(())
}

fn write_series_csv(text: &mut Vec<u8>, grid: &Grid, series: &Series) -> std::io::Result<()> {
    for (bucket, mean) in series.means.iter().enumerate() {
        if let Some(mean) = mean {
            let (mac, start, mean) = (series.mac, grid.start_of(bucket), round(*mean));
            write!(text, "{mac},{start},{mean}\r\n")?;
        }
    }
    Ok(())
}

/// To thousandths of a unit: ten times finer than any of what is measured.
fn round(mean: f64) -> f64 {
    (mean * 1000.0).round() / 1000.0
}

struct Means<'a>(&'a [Option<f64>]);

impl Serialize for Means<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|mean| mean.map(round)))
    }
}
