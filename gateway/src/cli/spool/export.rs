use std::io::{self, Write};

use clap::ValueEnum;
use readings::{Kind, Record, Timestamp};
use serde::Serialize;

use super::file::{Entry, FileError, SpoolFile, Table};

/// How records are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A line of names, then a line for each record.
    #[default]
    Csv,
    /// An array of objects, each on a line of its own.
    Json,
}

/// What a server takes, and what it does not look at.
#[derive(Serialize)]
struct Exported<'a> {
    #[serde(flatten)]
    record: Record,
    /// A time on the manager's clock: no server must take it for the world's.
    #[serde(skip_serializing_if = "Option::is_none")]
    manager_timestamp: Option<Timestamp>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> From<&'a Entry> for Exported<'a> {
    fn from(entry: &'a Entry) -> Self {
        let Entry { record, timestamp, state } = entry;
        let (timestamp, manager_timestamp) =
            if state.is_on_managers_clock() { (None, *timestamp) } else { (*timestamp, None) };
        let mut record = record.clone();
        record.set_timestamp(timestamp);
        Self { record, manager_timestamp, state: state.name(), reason: state.reason() }
    }
}

/// Prints every record of these tables, or those of one kind.
pub(super) fn export(
    file: &SpoolFile,
    tables: &[Table],
    kind: Option<Kind>,
    format: Format,
    out: &mut impl Write,
) -> Result<(), FileError> {
    let is_wanted = |entry: &Entry| kind.is_none_or(|kind| entry.record.kind() == kind);
    match format {
        Format::Csv => {
            writeln!(out, "mac,timestamp,quantity,value,state,reason")?;
            file.for_each(
                tables,
                |entry| {
                    if is_wanted(&entry) { write_line(out, &entry) } else { Ok(()) }
                },
            )
        }
        Format::Json => {
            let mut separator = "[\n";
            file.for_each(tables, |entry| {
                if !is_wanted(&entry) {
                    return Ok(());
                }
                write!(out, "{separator}")?;
                separator = ",\n";
                serde_json::to_writer(&mut *out, &Exported::from(&entry)).map_err(Into::into)
            })?;
            // An array without elements still has to be opened.
            let end = if separator == "[\n" { "[]" } else { "\n]" };
            Ok(writeln!(out, "{end}")?)
        }
    }
}

/// A line of CSV; a link and an event have their JSON for a value.
fn write_line(out: &mut impl Write, entry: &Entry) -> io::Result<()> {
    let Entry { record, timestamp, state } = entry;
    let (mac, quantity, value) = match record {
        Record::Reading(reading) => {
            (Some(reading.mac), reading.quantity.name(), reading.value.to_string())
        }
        Record::Link(link) => (Some(link.mac), "link", quoted(&serde_json::to_string(link)?)),
        Record::Event(event) => (event.mac, "event", quoted(&serde_json::to_string(event)?)),
    };
    let mac = mac.map_or_else(String::new, |mac| mac.to_string());
    let timestamp = timestamp.map_or_else(String::new, |time| time.to_string());
    let reason = state.reason().map_or_else(String::new, quoted);
    writeln!(out, "{mac},{timestamp},{quantity},{value},{},{reason}", state.name())
}

/// A field of CSV that may hold anything (RFC 4180).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
