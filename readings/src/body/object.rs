use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess};

use super::element::{Fault, Key};
use super::scalar::Scalar;
use crate::Field;

/// Most fields of an object that are looked at.
const MAX_FIELDS: usize = 32;

/// An object of a request, read whole before it is looked at.
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, Scalar<'a>)>);

impl<'a> Object<'a> {
    pub(crate) fn read<A: MapAccess<'a>>(mut map: A) -> Result<Self, A::Error> {
        let mut fields = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            if fields.len() < MAX_FIELDS {
                fields.push((key, map.next_value()?));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Self(fields))
    }

    /// The last of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Scalar<'a>> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Those whose names are none of these, in their order.
    pub(crate) fn others<'b>(
        &'b self,
        names: &'b [&str],
    ) -> impl Iterator<Item = (&'b str, &'b Scalar<'a>)> {
        let fields = self.0.iter().map(|(key, value)| (key.as_ref(), value));
        fields.filter(|(key, _)| !names.contains(key))
    }

    /// A whole number, if there is one.
    pub(crate) fn integer<T: TryFrom<i64>>(&self, name: &'static str) -> Result<Option<T>, Fault> {
        let fault = |reason: String| Fault::new(Field::named(name), reason);
        match self.get(name) {
            None | Some(Scalar::Null) => Ok(None),
            Some(Scalar::Number(value)) => {
                #[expect(clippy::cast_possible_truncation, reason = "compared with what it was")]
                let whole = *value as i64;
                #[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "as above")]
                let is_whole = whole as f64 == *value;
                let number = is_whole.then(|| T::try_from(whole).ok()).flatten();
                let reason = || format!("{value:e} is no whole number in its range");
                number.map(Some).ok_or_else(|| fault(reason()))
            }
            Some(other) => Err(fault(other.instead_of("a number"))),
        }
    }

    /// A text, if there is one.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>, Fault> {
        match self.get(name) {
            None | Some(Scalar::Null) => Ok(None),
            Some(Scalar::Text(text)) => Ok(Some(text)),
            Some(other) => Err(Fault::new(Field::named(name), other.instead_of("a string"))),
        }
    }
}
