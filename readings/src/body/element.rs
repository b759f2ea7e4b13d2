use core::fmt;
use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, MapAccess, Visitor};

use super::Posted;
use super::scalar::Scalar;
use crate::{Field, Mac, Timestamp};

/// What can be posted: one object of the request brings one of it, or several.
pub trait Element: Sized {
    /// Reads the object with this index to its end, whatever is wrong in it: an error is the
    /// JSON's; a fault within it is noted among what is refused.
    #[doc(hidden)]
    fn read<'de, A: MapAccess<'de>>(
        map: A,
        index: usize,
        posted: &mut Posted<Self>,
    ) -> Result<(), A::Error>;
}

/// Reads one element of the array, which must be an object.
pub(super) struct ElementSeed<'a, T> {
    pub(super) index: usize,
    pub(super) posted: &'a mut Posted<T>,
}

impl<'de, T: Element> DeserializeSeed<'de> for ElementSeed<'_, T> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Element> Visitor<'de> for ElementSeed<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        T::read(map, self.index, self.posted)
    }
}

/// Why something cannot be stored.
pub(crate) struct Fault {
    pub(crate) field: Field,
    pub(crate) reason: String,
}

impl Fault {
    pub(crate) fn new(field: Field, reason: impl fmt::Display) -> Self {
        Self { field, reason: reason.to_string() }
    }
}

/// An object's key, borrowed from the request unless it has escapes.
#[derive(Deserialize)]
pub(crate) struct Key<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

pub(crate) fn check_mac(field: Field, found: Option<&Scalar<'_>>) -> Result<Mac, Fault> {
    match found {
        Some(Scalar::Text(text)) => text.parse().map_err(|error| Fault::new(field, error)),
        Some(other) => Err(Fault::new(field, other.instead_of("a string"))),
        None => Err(Fault::new(field, "is missing")),
    }
}

pub(crate) fn check_timestamp(found: Option<&Scalar<'_>>) -> Result<Option<Timestamp>, Fault> {
    match found {
        Some(Scalar::Text(text)) => {
            text.parse().map(Some).map_err(|error| Fault::new(Field::TIMESTAMP, error))
        }
        Some(Scalar::Null) | None => Ok(None),
        Some(other) => Err(Fault::new(Field::TIMESTAMP, other.instead_of("a string"))),
    }
}
