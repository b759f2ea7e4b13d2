use core::fmt;

use serde::de::{self, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use crate::{Mac, Quantity, Timestamp};

/// One value of one quantity of one mote at one moment.
///
/// Its identity is `(mac, quantity, timestamp)`: the same reading sent twice is stored once.
///
/// In JSON it is `{"mac": …, "temperature": 22.97, "timestamp": …}`, with the quantity's name for
/// the value's. An object may bring several quantities of one moment: [`Body`](crate::Body) makes
/// a reading of each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The mote that it is about.
    pub mac: Mac,
    /// What was measured.
    pub quantity: Quantity,
    /// How much, in the quantity's unit and within its range.
    pub value: f64,
    /// When it was measured. A server stamps a reading without one with its time of reception, as
    /// the existing Python server does.
    pub timestamp: Option<Timestamp>,
}

impl Reading {
    /// A temperature in °C.
    #[must_use]
    pub const fn temperature(mac: Mac, celsius: f64, timestamp: Option<Timestamp>) -> Self {
        Self { mac, quantity: Quantity::TEMPERATURE, value: celsius, timestamp }
    }
}

impl Serialize for Reading {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("mac", &self.mac)?;
        map.serialize_entry(self.quantity.name(), &self.value)?;
        if let Some(timestamp) = &self.timestamp {
            map.serialize_entry("timestamp", timestamp)?;
        }
        map.end()
    }
}

/// Reads what [`Serialize`] has written. What others send may be faulty in part, and is
/// [`Body`](crate::Body)'s to read.
impl<'de> Deserialize<'de> for Reading {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ReadingVisitor;

        impl<'de> Visitor<'de> for ReadingVisitor {
            type Value = Reading;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a reading")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Reading, A::Error> {
                let (mut mac, mut measured, mut timestamp) = (None, None, None);
                while let Some(key) = map.next_key::<String>()? {
                    match (key.as_str(), key.parse::<Quantity>()) {
                        ("mac", _) => mac = Some(map.next_value()?),
                        ("timestamp", _) => timestamp = map.next_value()?,
                        (_, Ok(quantity)) => measured = Some((quantity, map.next_value()?)),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                let mac = mac.ok_or_else(|| de::Error::missing_field("mac"))?;
                let (quantity, value) =
                    measured.ok_or_else(|| de::Error::missing_field("temperature"))?;
                Ok(Reading { mac, quantity, value, timestamp })
            }
        }

        deserializer.deserialize_map(ReadingVisitor)
    }
}
