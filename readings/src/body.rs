mod element;
mod object;
mod reading;
mod scalar;

use core::fmt;

use serde::de::{self, Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use element::Element;
pub(crate) use element::{Fault, check_mac, check_timestamp};
pub(crate) use object::Object;
pub(crate) use scalar::Scalar;

use crate::{Field, MAX_READINGS, Reading};
use element::ElementSeed;

/// A parsed request: what can be stored, and what must be refused and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Posted<T> {
    /// What is valid, in the request's order.
    pub accepted: Vec<Accepted<T>>,
    /// The others, in the request's order.
    pub refused: Vec<Refusal>,
}

/// A request with readings.
pub type Body = Posted<Reading>;

/// Something valid and its place in the request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accepted<T> {
    /// The index of its object in the request's array; 0 for a single object.
    pub index: usize,
    /// What it is.
    pub item: T,
}

/// Why something in a request is not stored. A list of these is the body of a 422 response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The index of its object in the request's array; 0 for a single object.
    pub index: usize,
    /// The field at fault.
    pub field: Field,
    /// What is wrong with it, for a person.
    pub reason: String,
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

impl<T> Default for Posted<T> {
    fn default() -> Self {
        Self { accepted: Vec::new(), refused: Vec::new() }
    }
}

impl<T: Element> Posted<T> {
    /// Reads a request's body.
    ///
    /// # Errors
    /// If the body as a whole is not what is expected; a fault within one object is a [`Refusal`]
    /// instead.
    pub fn parse(json: &[u8]) -> Result<Self, BodyError> {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let mut parser = Parser { posted: Self::default(), too_many: false };
        let parsed = deserializer.deserialize_any(&mut parser).and_then(|()| deserializer.end());
        if parser.too_many {
            return Err(BodyError::TooMany);
        }
        parsed.map_err(BodyError::NotReadings)?;
        Ok(parser.posted)
    }

    pub(crate) fn refuse(&mut self, index: usize, fault: Fault) {
        let Fault { field, reason } = fault;
        self.refused.push(Refusal { index, field, reason });
    }

    pub(crate) fn add(&mut self, index: usize, checked: Result<T, Fault>) {
        match checked {
            Ok(item) => self.accepted.push(Accepted { index, item }),
            Err(fault) => self.refuse(index, fault),
        }
    }

    const fn count(&self) -> usize {
        self.accepted.len() + self.refused.len()
    }
}

struct Parser<T> {
    posted: Posted<T>,
    too_many: bool,
}

impl<'de, T: Element> Visitor<'de> for &mut Parser<T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        T::read(map, 0, &mut self.posted)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut index = 0;
        loop {
            let seed = ElementSeed { index, posted: &mut self.posted };
            if seq.next_element_seed(seed)?.is_none() {
                return Ok(());
            }
            // An object may bring several readings: these are what is counted.
            if self.posted.count() > MAX_READINGS {
                self.too_many = true;
                return Err(de::Error::custom("too many readings"));
            }
            index += 1;
        }
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
        let expected = Reading::temperature(MAC.parse().unwrap(), 22.97, None);
        assert_eq!(body.accepted, [Accepted { index: 0, item: expected }]);
        assert_eq!(body.refused, []);
    }

    #[test]
    fn what_the_gateway_writes_comes_back_the_same() {
        let timestamp = "2026-11-23T10:00:00.000001Z".parse().unwrap();
        let reading = Reading::temperature(MAC.parse().unwrap(), -0.01, Some(timestamp));
        let json = serde_json::to_vec(&[reading, reading]).unwrap();
        let body = Body::parse(&json).unwrap();
        assert_eq!(body.accepted.iter().map(|a| a.item).collect::<Vec<_>>(), [reading; 2]);
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
        assert_eq!(faults, [(1, Field::TEMPERATURE), (2, Field::MAC), (3, Field::TIMESTAMP)]);
    }

    #[test]
    fn the_reason_says_what_was_found_and_what_was_expected() {
        for (json, field, reason) in [
            (
                r#"{"mac": 7, "temperature": 1}"#,
                Field::MAC,
                "is a number where a string is expected",
            ),
            (
                r#"{"mac": "00-17-0d-00-00-30-5d", "temperature": 1}"#,
                Field::MAC,
                "not an EUI-64 of eight octets such as 00-17-0d-00-00-30-5d-39",
            ),
            (
                r#"{"mac": "00-17-0d-00-00-30-5d-39", "temperature": "22"}"#,
                Field::TEMPERATURE,
                "is a string where a number is expected",
            ),
            (
                r#"{"mac": "00-17-0d-00-00-30-5d-39", "temperature": 1000.5}"#,
                Field::TEMPERATURE,
                "1000.5 is outside -273.15 to 1000 °C",
            ),
            (
                r#"{"mac": "00-17-0d-00-00-30-5d-39", "temperature": [1]}"#,
                Field::TEMPERATURE,
                "is an array where a number is expected",
            ),
            (
                r#"{"mac": "00-17-0d-00-00-30-5d-39", "temperature": 1, "timestamp": true}"#,
                Field::TIMESTAMP,
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
        assert_eq!(refusal(&json).field, Field::TEMPERATURE);
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

    #[test]
    fn an_object_may_bring_several_quantities_of_one_moment() {
        let json = format!(
            r#"[{{"mac": "{MAC}", "battery_voltage": 2961, "charge": -1, "humidity": 7,
                 "temperature": 22.97, "charge": 99, "hop_depth": "far"}},
                {{"mac": "{MAC}", "humidity": 7}}]"#
        );
        let body = Body::parse(json.as_bytes()).unwrap();
        let accepted: Vec<_> =
            body.accepted.iter().map(|a| (a.index, a.item.quantity.name(), a.item.value)).collect();
        let expected =
            [(0, "battery_voltage", 2961.0), (0, "charge", 99.0), (0, "temperature", 22.97)];
        assert_eq!(accepted, expected);
        let refused: Vec<_> = body.refused.iter().map(|r| (r.index, r.field.name())).collect();
        assert_eq!(refused, [(0, "hop_depth"), (1, "temperature")]);
    }

    #[test]
    fn objects_of_many_quantities_are_not_a_way_around_the_limit() {
        let values: Vec<_> = crate::Quantity::all().map(|q| format!(r#""{q}":0"#)).collect();
        let element = format!(r#"{{"mac":"{MAC}",{}}}"#, values.join(","));
        let array = |count| format!("[{}]", vec![element.as_str(); count].join(","));
        let most = MAX_READINGS / values.len();
        assert!(Body::parse(array(most).as_bytes()).is_ok());
        assert!(matches!(Body::parse(array(most + 1).as_bytes()), Err(BodyError::TooMany)));
    }
}
