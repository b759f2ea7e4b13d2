use std::io::Write;

use clap::ValueEnum;
use readings::{Mac, Timestamp};
use serde::Serialize;

use super::file::{Entry, FileError, SpoolFile};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<&'a str>,
}

/// Prints every reading.
pub(super) fn export(
    file: &SpoolFile,
    format: Format,
    out: &mut impl Write,
) -> Result<(), FileError> {
    match format {
        Format::Csv => {
            writeln!(out, "mac,timestamp,temperature,refused")?;
            file.for_each(|Entry { mac, timestamp, temperature, refused }| {
                let timestamp = timestamp.map_or_else(String::new, |time| time.to_string());
                let refused = refused.as_deref().map_or_else(String::new, quoted);
                writeln!(out, "{mac},{timestamp},{temperature},{refused}")
            })
        }
        Format::Json => {
            let mut separator = "[\n";
            file.for_each(|Entry { mac, timestamp, temperature, refused }| {
                let refused = refused.as_deref();
                write!(out, "{separator}")?;
                separator = ",\n";
                serde_json::to_writer(&mut *out, &Exported { mac, temperature, timestamp, refused })
                    .map_err(Into::into)
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
