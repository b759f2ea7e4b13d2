use core::fmt;
use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{self, IgnoredAny, MapAccess, Visitor};

use super::Field;
use super::scalar::Scalar;
use crate::{MAX_TEMPERATURE, MIN_TEMPERATURE, Mac, Reading};

/// One element of the array, which must be an object.
pub(super) struct Element(pub(super) Result<Reading, Fault>);

/// Why it cannot be stored.
pub(super) struct Fault {
    pub(super) field: Field,
    pub(super) reason: String,
}

impl Fault {
    fn new(field: Field, reason: impl fmt::Display) -> Self {
        Self { field, reason: reason.to_string() }
    }
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ElementVisitor;

        impl<'de> Visitor<'de> for ElementVisitor {
            type Value = Element;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Element, A::Error> {
                parse_reading(map).map(Element)
            }
        }

        deserializer.deserialize_any(ElementVisitor)
    }
}

/// Reads one object to its end, whatever is wrong in it: an outer error is the JSON's, an inner
/// one the reading's. Unknown fields are ignored, as the existing server does.
pub(super) fn parse_reading<'de, A: MapAccess<'de>>(
    mut map: A,
) -> Result<Result<Reading, Fault>, A::Error> {
    let (mut mac, mut temperature, mut timestamp) = (None, None, None);
    while let Some(Key(key)) = map.next_key()? {
        match key.as_ref() {
            "mac" => mac = Some(map.next_value::<Scalar<'de>>()?),
            "temperature" => temperature = Some(map.next_value::<Scalar<'de>>()?),
            "timestamp" => timestamp = Some(map.next_value::<Scalar<'de>>()?),
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
    }
    Ok(check(mac, temperature, timestamp))
}

fn check(
    mac: Option<Scalar<'_>>,
    temperature: Option<Scalar<'_>>,
    timestamp: Option<Scalar<'_>>,
) -> Result<Reading, Fault> {
    let mac: Mac = match mac {
        Some(Scalar::Text(text)) => text.parse().map_err(|error| Fault::new(Field::Mac, error))?,
        Some(other) => return Err(Fault::new(Field::Mac, other.instead_of("a string"))),
        None => return Err(Fault::new(Field::Mac, "is missing")),
    };
    let temperature = match temperature {
        Some(Scalar::Number(value)) if (MIN_TEMPERATURE..=MAX_TEMPERATURE).contains(&value) => {
            value
        }
        Some(Scalar::Number(value)) => {
            // Written out, the largest has 309 digits.
            let value = if value.abs() < 1e9 { value.to_string() } else { format!("{value:e}") };
            let range = format!("{value} is outside {MIN_TEMPERATURE} to {MAX_TEMPERATURE} °C");
            return Err(Fault::new(Field::Temperature, range));
        }
        Some(other) => return Err(Fault::new(Field::Temperature, other.instead_of("a number"))),
        None => return Err(Fault::new(Field::Temperature, "is missing")),
    };
    let timestamp = match timestamp {
        Some(Scalar::Text(text)) => {
            Some(text.parse().map_err(|error| Fault::new(Field::Timestamp, error))?)
        }
        Some(Scalar::Null) | None => None,
        Some(other) => return Err(Fault::new(Field::Timestamp, other.instead_of("a string"))),
    };
    Ok(Reading { mac, temperature, timestamp })
}

/// An object's key, borrowed from the request unless it has escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
