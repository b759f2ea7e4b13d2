use core::fmt;
use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::Quantity;

/// A field of what is posted, by its name in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Field(&'static str);

impl Field {
    /// The mote's EUI-64.
    pub const MAC: Self = Self::named("mac");
    /// The moment of measurement.
    pub const TIMESTAMP: Self = Self::named("timestamp");
    /// The temperature in °C.
    pub const TEMPERATURE: Self = Self::named("temperature");

    /// The field with this name.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self(name)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// Fields that are no quantities.
const FIELDS: [&str; 14] = [
    "mac",
    "timestamp",
    "neighbour",
    "kind",
    "rssi",
    "rssi_back",
    "attempts",
    "failures",
    "received",
    "quality",
    "direction",
    "slots",
    "event",
    "number",
];

/// Only what the contract has.
impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        if let Ok(quantity) = name.parse::<Quantity>() {
            return Ok(quantity.into());
        }
        let field = FIELDS.iter().find(|&&field| field == name).copied();
        field.map(Self::named).ok_or_else(|| de::Error::custom("no field of the contract"))
    }
}

impl From<Quantity> for Field {
    fn from(quantity: Quantity) -> Self {
        Self::named(quantity.name())
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}
