use std::collections::BTreeMap;

use serde::de::MapAccess;
use serde::{Deserialize, Serialize};

use crate::body::{Element, Fault, Object, Posted, Scalar, check_mac, check_timestamp};
use crate::{Field, Mac, Timestamp};

/// Longest name of an event or of a detail.
const MAX_NAME: usize = 32;

/// Longest text of a detail, in characters.
const MAX_TEXT: usize = 256;

/// Most details of an event.
const MAX_DETAILS: usize = 16;

/// Something that has happened in a network, as its manager says it.
///
/// Its identity is `(name, number, mac, timestamp)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The vendor's name of it: `moteLost`, `pathCreate`. Others are `event` and the number of
    /// their type.
    #[serde(rename = "event")]
    pub name: String,
    /// The manager's number of it, which counts up by one: a gap is a lost event. Packets that are
    /// kept as they came (`userData`, `ipData`) have a checksum of what they carry instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// The mote that it is about, or a path's source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<Mac>,
    /// A path's other end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neighbour: Option<Mac>,
    /// What else it brings, by name: a reason, a delay.
    #[serde(flatten)]
    pub details: BTreeMap<String, Detail>,
}

/// A detail of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Detail {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

impl From<f64> for Detail {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Detail {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Event {
    /// One without details.
    #[must_use]
    pub fn new(name: impl Into<String>, number: Option<u32>, timestamp: Option<Timestamp>) -> Self {
        let name = name.into();
        Self { name, number, timestamp, mac: None, neighbour: None, details: BTreeMap::new() }
    }
}

impl Element for Event {
    fn read<'de, A: MapAccess<'de>>(
        map: A,
        index: usize,
        posted: &mut Posted<Self>,
    ) -> Result<(), A::Error> {
        let checked = check(&Object::read(map)?);
        posted.add(index, checked);
        Ok(())
    }
}

/// Fields that are no details.
const FIELDS: [&str; 5] = ["event", "number", "timestamp", "mac", "neighbour"];

fn check(object: &Object<'_>) -> Result<Event, Fault> {
    let fault = |reason| Fault::new(Field::named("event"), reason);
    let name = object.text("event")?.ok_or_else(|| fault("is missing"))?;
    if !is_name(name) {
        return Err(fault("is not 1 to 32 letters, digits and underscores"));
    }
    let mac = |name| match object.get(name) {
        None | Some(Scalar::Null) => Ok(None),
        found => check_mac(Field::named(name), found).map(Some),
    };
    let mut details = BTreeMap::new();
    for (name, value) in object.others(&FIELDS) {
        let detail = match value {
            Scalar::Number(number) if number.is_finite() => Detail::Number(*number),
            Scalar::Text(text) => Detail::Text(text.chars().take(MAX_TEXT).collect()),
            // As in readings: what is not understood is passed over.
            _ => continue,
        };
        if is_name(name) && details.len() < MAX_DETAILS {
            details.insert(name.to_owned(), detail);
        }
    }
    Ok(Event {
        name: name.to_owned(),
        number: object.integer("number")?,
        timestamp: check_timestamp(object.get("timestamp"))?,
        mac: mac("mac")?,
        neighbour: mac("neighbour")?,
        details,
    })
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Posted<Event> {
        Posted::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_written_comes_back_the_same() {
        let mut ping = Event::new("pingResponse", Some(7), Some(Timestamp::from_micros(1)));
        ping.mac = Some(Mac::from([7; 8]));
        ping.details.insert("delay".to_owned(), 123.0.into());
        ping.details.insert("direction".to_owned(), "upstream".into());
        let reset = Event::new("networkReset", None, None);
        let json = serde_json::to_string(&[&ping, &reset]).unwrap();
        let posted = parse(&json);
        let events: Vec<_> = posted.accepted.into_iter().map(|accepted| accepted.item).collect();
        assert_eq!(events, [ping, reset]);
        assert_eq!(serde_json::from_str::<Vec<Event>>(&json).unwrap(), events);
    }

    #[test]
    fn the_field_at_fault_is_named() {
        for (json, name) in [
            (r#"{"number": 1}"#, "event"),
            (r#"{"event": ""}"#, "event"),
            (r#"{"event": "mote lost"}"#, "event"),
            (r#"{"event": "moteLost", "number": -1}"#, "number"),
            (r#"{"event": "moteLost", "mac": "7"}"#, "mac"),
            (r#"{"event": "moteLost", "neighbour": 7}"#, "neighbour"),
            (r#"{"event": "moteLost", "timestamp": "now"}"#, "timestamp"),
        ] {
            let posted = parse(json);
            assert_eq!((posted.accepted.len(), posted.refused.len()), (0, 1), "{json}");
            assert_eq!(posted.refused[0].field.name(), name, "{json}");
        }
    }

    #[test]
    fn details_have_bounds() {
        let many: Vec<_> = (0..99).map(|n| format!(r#""d{n}": "{}""#, "x".repeat(999))).collect();
        let json = format!(r#"{{"event": "moteLost", "a b": 1, "c": [1], {}}}"#, many.join(","));
        let details = parse(&json).accepted[0].item.details.clone();
        assert_eq!(details.len(), MAX_DETAILS);
        assert!(details.values().all(|d| *d == Detail::Text("x".repeat(MAX_TEXT))));
    }
}
