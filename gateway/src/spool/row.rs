//! How a record is a row, in each of the tables: who it is, when, and what it says.
//!
//! Its identity is a mote's eight octets for a temperature; one more, the quantity's code, for any
//! other reading; for a link both motes and the kind; for an event the mote, the number and the
//! name. A link's and an event's fields are JSON, in a column that readings leave empty.

use readings::{Event, Link, LinkKind, Mac, Quantity, Reading, Record, Timestamp};
use rusqlite::Row as SqlRow;

/// Octets of a link's identity. A reading's is shorter, and an event's longer.
const LINK: usize = 17;

/// Octets of an event's identity before its name.
const EVENT: usize = 18;

/// What a row says.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) identity: Vec<u8>,
    pub(super) value: f64,
    pub(super) json: Option<String>,
}

impl Row {
    /// Without its time.
    pub(super) fn new(record: &Record) -> Self {
        let identity = identity(record);
        match record {
            Record::Reading(reading) => Self { identity, value: reading.value, json: None },
            Record::Link(link) => {
                Self { identity, value: 0.0, json: json(&Link { timestamp: None, ..*link }) }
            }
            Record::Event(event) => Self {
                identity,
                value: 0.0,
                json: json(&Event { timestamp: None, ..event.clone() }),
            },
        }
    }
}

fn json(item: &impl serde::Serialize) -> Option<String> {
    // Both have names for their fields, and no number that JSON has none for.
    serde_json::to_string(item).ok()
}

pub(super) fn identity(record: &Record) -> Vec<u8> {
    match record {
        Record::Reading(reading) => {
            let mut identity = reading.mac.octets().to_vec();
            if reading.quantity != Quantity::TEMPERATURE {
                identity.push(reading.quantity.code());
            }
            identity
        }
        Record::Link(link) => {
            let kind = match link.kind {
                LinkKind::Path => 0,
                LinkKind::Used => 1,
                LinkKind::Heard => 2,
            };
            [&link.mac.octets()[..], &link.neighbour.octets(), &[kind]].concat()
        }
        Record::Event(event) => {
            let mut identity = vec![0; EVENT];
            let mac = event.mac.map(Mac::octets).unwrap_or_default();
            let number = event.number.map(u64::from).map_or(0, |number| number + 1);
            for (to, from) in identity.iter_mut().zip(mac.into_iter().chain(number.to_be_bytes())) {
                *to = from;
            }
            identity.extend(event.name.bytes());
            identity
        }
    }
}

/// What these columns say, without its time; `None` if another version has written it, and this
/// one cannot read it.
pub(crate) fn record(identity: &[u8], value: f64, json: Option<&str>) -> Option<Record> {
    match json {
        None => {
            let (mac, rest) = identity.split_first_chunk::<8>()?;
            let quantity = match rest {
                [] => Quantity::TEMPERATURE,
                &[code] => Quantity::from_code(code)?,
                _ => return None,
            };
            Some(Reading { mac: Mac::from(*mac), quantity, value, timestamp: None }.into())
        }
        Some(json) if identity.len() == LINK => {
            serde_json::from_str::<Link>(json).ok().map(Record::from)
        }
        Some(json) => serde_json::from_str::<Event>(json).ok().map(Record::from),
    }
}

/// Reads the columns `identity`, `value` and `json`, of which the first is this one.
pub(super) fn read(row: &SqlRow<'_>, first: usize) -> rusqlite::Result<Option<Record>> {
    let (value, json) = (row.get(first + 1)?, row.get_ref(first + 2)?.as_str_or_null()?);
    Ok(record(row.get_ref(first)?.as_blob()?, value, json))
}

/// The record at this moment.
pub(super) fn at(mut record: Record, micros: i64) -> Record {
    record.set_timestamp(Some(Timestamp::from_micros(micros)));
    record
}

/// The moment in µs; 0 if it has none.
pub(super) fn micros(record: &Record) -> i64 {
    record.timestamp().map_or(0, Timestamp::as_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_back_and_none_is_taken_for_another() {
        let mac = Mac::from([7; 8]);
        let reading = |quantity| Reading { mac, quantity, value: 1.5, timestamp: None }.into();
        let link = |kind| Record::from(Link::new(mac, Mac::from([8; 8]), kind, None));
        let event = |name: &str, number, mote| {
            let mut event = Event::new(name, number, None);
            event.mac = mote;
            event.details.insert("delay".to_owned(), 1.5.into());
            Record::from(event)
        };
        let records = [
            reading(Quantity::TEMPERATURE),
            reading(Quantity::CHARGE),
            reading(Quantity::BATTERY_VOLTAGE),
            link(LinkKind::Path),
            link(LinkKind::Used),
            link(LinkKind::Heard),
            event("moteLost", Some(1), Some(mac)),
            event("moteLost", Some(0), Some(mac)),
            event("moteLost", None, Some(mac)),
            event("moteLost", Some(1), None),
            event("moteJoin", Some(1), Some(mac)),
        ];
        for (number, one) in records.iter().enumerate() {
            let row = Row::new(one);
            let found = record(&row.identity, row.value, row.json.as_deref());
            assert_eq!(found.as_ref(), Some(one));
            for other in &records[..number] {
                assert_ne!(identity(one), identity(other), "{one:?} {other:?}");
            }
            let later = at(one.clone(), 5);
            assert_eq!(identity(&later), identity(one), "the time is another column");
            assert_eq!(Row::new(&later).json, row.json);
        }
    }

    #[test]
    fn what_a_later_version_has_written_is_no_record() {
        assert_eq!(record(&[100; 9], 1.0, None), None, "no such quantity");
        assert_eq!(record(&[7; 10], 1.0, None), None);
        assert_eq!(record(&[7; 3], 1.0, None), None);
        assert_eq!(record(&[7; 17], 0.0, Some("{}")), None);
        assert_eq!(record(&[7; 30], 0.0, Some("[]")), None);
    }
}
