use std::io::{self, Write};

use readings::{Detail, Link, Mac, Quantity, Reading, Record, Timestamp};

use super::PrintFormat;
use crate::Unnamed;

/// The columns of a table.
pub(super) fn write_header(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{:<27}  {:<23}  {:<24}  value", "time", "mote", "what")
}

/// A record as a line.
pub(super) fn write_record(
    out: &mut impl Write,
    record: &Record,
    format: PrintFormat,
) -> io::Result<()> {
    if format == PrintFormat::Json {
        serde_json::to_writer(&mut *out, record)?;
        return writeln!(out);
    }
    match record {
        Record::Reading(Reading { mac, quantity, value, timestamp }) => {
            let value = if *quantity == Quantity::TEMPERATURE {
                format!("{value:.2}")
            } else {
                value.to_string()
            };
            let value = format!("{value} {}", quantity.unit());
            write_line(out, *timestamp, Some(*mac), quantity.name(), value.trim_end())
        }
        Record::Link(link) => write_line(
            out,
            link.timestamp,
            Some(link.mac),
            link.kind.name(),
            &way(link, link.neighbour),
        ),
        Record::Event(event) => {
            let to = event.neighbour.map(|neighbour| format!("to {neighbour}"));
            let details = event.details.iter().map(|(name, detail)| match detail {
                Detail::Number(number) => format!("{name} {number}"),
                Detail::Text(text) => format!("{name} {text}"),
            });
            let details: Vec<String> = to.into_iter().chain(details).collect();
            write_line(out, event.timestamp, event.mac, &event.name, &details.join(", "))
        }
    }
}

/// A link whose neighbour has a number, and no name yet.
pub(super) fn write_unnamed(
    out: &mut impl Write,
    unnamed: &Unnamed,
    format: PrintFormat,
) -> io::Result<()> {
    let Unnamed { link, mote_id } = unnamed;
    if format == PrintFormat::Json {
        let mut object = serde_json::to_value(link)?;
        if let Some(fields) = object.as_object_mut() {
            fields.remove("neighbour");
            fields.insert("neighbour_id".to_owned(), (*mote_id).into());
        }
        return writeln!(out, "{object}");
    }
    let way = way(link, format_args!("mote {mote_id}"));
    write_line(out, link.timestamp, Some(link.mac), link.kind.name(), &way)
}

fn way(link: &Link, neighbour: impl core::fmt::Display) -> String {
    let said = [
        link.rssi.map(|rssi| format!("{rssi} dBm")),
        link.attempts.map(|attempts| format!("{attempts} sent")),
        link.failures.map(|failures| format!("{failures} failed")),
        link.received.map(|received| format!("{received} received")),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    format!("to {neighbour}: {}", said.join(", "))
}

fn write_line(
    out: &mut impl Write,
    timestamp: Option<Timestamp>,
    mac: Option<Mac>,
    what: &str,
    value: &str,
) -> io::Result<()> {
    let time = timestamp.map_or_else(String::new, |time| time.to_string());
    let mac = mac.map_or_else(String::new, |mac| mac.to_string());
    writeln!(out, "{time:<27}  {mac:<23}  {what:<24}  {value}")
}
