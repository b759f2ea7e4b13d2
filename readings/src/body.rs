mod element;
mod scalar;

use core::fmt;

use serde::de::{self, Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{MAX_READINGS, Reading};
use element::{Element, Fault, parse_reading};

/// A parsed request: what can be stored, and what must be refused and why.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// The valid readings, in the request's order.
    pub accepted: Vec<Accepted>,
    /// The others, in the request's order.
    pub refused: Vec<Refusal>,
}

/// A valid reading and its place in the request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accepted {
    /// Its index in the request's array; 0 for a single object.
    pub index: usize,
    /// The reading.
    pub reading: Reading,
}

/// Why one reading of a request is not stored. A list of these is the body of a 422 response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Its index in the request's array; 0 for a single object.
    pub index: usize,
    /// The field at fault.
    pub field: Field,
    /// What is wrong with it, for a person.
    pub reason: String,
}

/// A field of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The mote's EUI-64.
    Mac,
    /// The temperature in °C.
    Temperature,
    /// The moment of measurement.
    Timestamp,
}

impl fmt::Display for Field {
    /// As in JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mac => "mac",
            Self::Temperature => "temperature",
            Self::Timestamp => "timestamp",
        })
    }
}

/// The request as a whole cannot be read. Nothing of it is stored.
#[derive(Debug, Error)]
pub enum BodyError {
    /// Not JSON, or neither an object nor an array of objects: a 400.
    #[error("the body is not a reading, nor an array of readings, in JSON: {0}")]
    NotReadings(#[source] serde_json::Error),
    /// More than [`MAX_READINGS`]: a 413.
    #[error("more than {MAX_READINGS} readings in one request; send them in several")]
    TooMany,
}

impl Body {
    /// Reads a request's body.
    ///
    /// # Errors
    /// If the body as a whole is not readings; a fault within one reading is a [`Refusal`] instead.
    pub fn parse(json: &[u8]) -> Result<Self, BodyError> {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let mut parser = Parser::default();
        let parsed = deserializer.deserialize_any(&mut parser).and_then(|()| deserializer.end());
        if parser.too_many {
            return Err(BodyError::TooMany);
        }
        parsed.map_err(BodyError::NotReadings)?;
        Ok(parser.body)
    }
}

#[derive(Default)]
struct Parser {
    body: Body,
    too_many: bool,
}

impl Parser {
    fn push(&mut self, index: usize, parsed: Result<Reading, Fault>) {
        match parsed {
            Ok(reading) => self.body.accepted.push(Accepted { index, reading }),
            Err(Fault { field, reason }) => {
                self.body.refused.push(Refusal { index, field, reason });
            }
        }
    }
}

impl<'de> Visitor<'de> for &mut Parser {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let parsed = parse_reading(map)?;
        self.push(0, parsed);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(Element(parsed)) = seq.next_element()? {
            if index == MAX_READINGS {
                self.too_many = true;
                return Err(de::Error::custom("too many readings"));
            }
            self.push(index, parsed);
            index += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: &str = "00-17-0d-00-00-30-5d-39";

    fn refusal(json: &str) -> Refusal {
        let body = Body::parse(json.as_bytes()).unwrap();
        assert_eq!((body.accepted.len(), body.refused.len()), (0, 1), "{json}");
        body.refused[0].clone()
    }

    #[test]
    fn what_todays_clients_send_is_accepted() {
        let json = format!(r#"{{"mac": "{MAC}", "temperature": 22.97}}"#);
        let body = Body::parse(json.as_bytes()).unwrap();
        let expected = Reading { mac: MAC.parse().unwrap(), temperature: 22.97, timestamp: None };
        assert_eq!(body.accepted, [Accepted { index: 0, reading: expected }]);
        assert_eq!(body.refused, []);
    }

    #[test]
    fn what_the_gateway_writes_comes_back_the_same() {
        let reading = Reading {
            mac: MAC.parse().unwrap(),
            temperature: -0.01,
            timestamp: Some("2026-11-23T10:00:00.000001Z".parse().unwrap()),
        };
        let json = serde_json::to_vec(&[reading, reading]).unwrap();
        let body = Body::parse(&json).unwrap();
        assert_eq!(body.accepted.iter().map(|a| a.reading).collect::<Vec<_>>(), [reading; 2]);
    }

    #[test]
    fn each_faulty_field_is_named_and_its_neighbours_are_kept() {
        let json = format!(
            r#"[{{"mac": "{MAC}", "temperature": 1}}, {{"mac": "{MAC}"}}, {{"temperature": 1}},
                {{"mac": "{MAC}", "temperature": 2, "timestamp": "soon"}},
                {{"mac": "{MAC}", "temperature": 3, "extra": [{{"mac": 1}}], "timestamp": null}}]"#
        );
        let body = Body::parse(json.as_bytes()).unwrap();
        assert_eq!(body.accepted.iter().map(|a| a.index).collect::<Vec<_>>(), [0, 4]);
        let faults: Vec<_> = body.refused.iter().map(|r| (r.index, r.field)).collect();
        assert_eq!(faults, [(1, Field::Temperature), (2, Field::Mac), (3, Field::Timestamp)]);
    }

    #[test]
    fn the_reason_says_what_was_found_and_what_was_expected() {
        for (json, field, reason) in [
            (
                r#"{"mac": 7, "temperature": 1}"#,
                Field::Mac,
                "is a number where a string is expected",
            ),
            (
                r#"{"mac": "00-17-0d-00-00-30-5d", "temperature": 1}"#,
                Field::Mac,
                "not an EUI-64 of eight octets such as 00-17-0d-00-00-30-5d-39",
            ),
            (
                r#"{"mac": "00-17-0d-00-00-30-5d-39", "temperature": "22"}"#,
                Field::Temperature,
                "is a string where a number is expected",
            ),
            (
                r#"{"mac": "00-17-0d-00-00-30-5d-39", "temperature": 1000.5}"#,
                Field::Temperature,
                "1000.5 is outside -273.15 to 1000 °C",
            ),
            (
                r#"{"mac": "00-17-0d-00-00-30-5d-39", "temperature": [1]}"#,
                Field::Temperature,
                "is an array where a number is expected",
            ),
            (
                r#"{"mac": "00-17-0d-00-00-30-5d-39", "temperature": 1, "timestamp": true}"#,
                Field::Timestamp,
                "is a boolean where a string is expected",
            ),
        ] {
            let expected = Refusal { index: 0, field, reason: reason.to_owned() };
            assert_eq!(refusal(json), expected, "{json}");
        }
    }

    #[test]
    fn a_temperature_no_float_can_hold_is_refused_not_stored() {
        let json = format!(r#"{{"mac": "{MAC}", "temperature": 1e99}}"#);
        assert_eq!(refusal(&json).field, Field::Temperature);
        for literal in ["1e308", "-1e308", "1.7976931348623157e308", "123456789012345678901"] {
            let refusal = refusal(&format!(r#"{{"mac": "{MAC}", "temperature": {literal}}}"#));
            assert!(refusal.reason.len() < 80, "{}", refusal.reason);
        }
        for literal in ["NaN", "Infinity", "1e999"] {
            let json = format!(r#"{{"mac": "{MAC}", "temperature": {literal}}}"#);
            let parsed = Body::parse(json.as_bytes());
            assert!(matches!(parsed, Err(BodyError::NotReadings(_))), "{literal}");
        }
    }

    #[test]
    fn what_is_not_readings_is_an_error_as_a_whole() {
        for json in ["", "not json", "7", "\"text\"", "null", "[1]", "[{}, []]", "{", "{}{}", "[{}"]
        {
            let parsed = Body::parse(json.as_bytes());
            assert!(matches!(parsed, Err(BodyError::NotReadings(_))), "{json}: {parsed:?}");
        }
        assert_eq!(Body::parse(b"[]").unwrap(), Body::default());
    }

    #[test]
    fn one_reading_too_many_refuses_the_request() {
        let element = format!(r#"{{"mac":"{MAC}","temperature":1}}"#);
        let array = |count| format!("[{}]", vec![element.as_str(); count].join(","));
        assert_eq!(
            Body::parse(array(MAX_READINGS).as_bytes()).unwrap().accepted.len(),
            MAX_READINGS
        );
        assert!(matches!(Body::parse(array(MAX_READINGS + 1).as_bytes()), Err(BodyError::TooMany)));
    }
}
