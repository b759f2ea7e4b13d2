use std::io::Write;

use clap::ValueEnum;
use readings::{Mac, Timestamp};
use serde::Serialize;

use super::file::{Entry, FileError, SpoolFile, State, Table};

/// How readings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A line of names, then a line for each reading.
    #[default]
    Csv,
    /// An array of objects, each on a line of its own.
    Json,
}

/// What a server takes, and what it does not look at.
#[derive(Serialize)]
struct Exported<'a> {
    mac: Mac,
    temperature: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<Timestamp>,
    /// A time on the manager's clock: no server must take it for the world's.
    #[serde(skip_serializing_if = "Option::is_none")]
    manager_timestamp: Option<Timestamp>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> From<&'a Entry> for Exported<'a> {
    fn from(entry: &'a Entry) -> Self {
        let &Entry { mac, timestamp, temperature, ref state } = entry;
        let (timestamp, manager_timestamp) =
            if state.is_on_managers_clock() { (None, timestamp) } else { (timestamp, None) };
        let reason = if let State::Refused(reason) = state { Some(reason.as_str()) } else { None };
        Self { mac, temperature, timestamp, manager_timestamp, state: state.name(), reason }
    }
}

/// Prints every reading of these tables.
pub(super) fn export(
    file: &SpoolFile,
    tables: &[Table],
    format: Format,
    out: &mut impl Write,
) -> Result<(), FileError> {
    match format {
        Format::Csv => {
            writeln!(out, "mac,timestamp,temperature,state,reason")?;
            file.for_each(tables, |Entry { mac, timestamp, temperature, state }| {
                let timestamp = timestamp.map_or_else(String::new, |time| time.to_string());
                let name = state.name();
                let reason = if let State::Refused(reason) = state {
                    quoted(&reason)
                } else {
                    String::new()
                };
                writeln!(out, "{mac},{timestamp},{temperature},{name},{reason}")
            })
        }
        Format::Json => {
            let mut separator = "[\n";
            file.for_each(tables, |entry| {
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

/// A field of CSV that may hold anything (RFC 4180).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
