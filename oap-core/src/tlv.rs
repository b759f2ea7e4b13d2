use core::fmt;

use crate::writer::Writer;
use crate::{EmitError, ParseError};

/// One field: a tag, a length and a value.
///
/// ```text
///  0     1        2
/// +-----+--------+- - - - - - - - -+
/// | tag | length | value (length)  |
/// +-----+--------+- - - - - - - - -+
/// ```
///
/// A value of no octets says that there is a field but nothing to read, as in a GET, or in the
/// response to one for a field that can only be written.
#[derive(Clone, Copy)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tlv<'a> {
    tag: u8,
    value: Value<'a>,
}

/// Integers lie in the TLV itself, so that making one needs no buffer beside it.
#[derive(Clone, Copy)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Value<'a> {
    U8([u8; 1]),
    U16([u8; 2]),
    U32([u8; 4]),
    Octets(&'a [u8]),
}

impl<'a> Tlv<'a> {
    /// A field with any octets as its value, 255 at most.
    #[must_use]
    pub const fn new(tag: u8, value: &'a [u8]) -> Self {
        Self { tag, value: Value::Octets(value) }
    }

    /// A field of 1 octet.
    #[must_use]
    pub const fn u8(tag: u8, value: u8) -> Self {
        Self { tag, value: Value::U8([value]) }
    }

    /// A field of 2 octets.
    #[must_use]
    pub const fn u16(tag: u8, value: u16) -> Self {
        Self { tag, value: Value::U16(value.to_be_bytes()) }
    }

    /// A field of 4 octets.
    #[must_use]
    pub const fn u32(tag: u8, value: u32) -> Self {
        Self { tag, value: Value::U32(value.to_be_bytes()) }
    }

    /// The tag: what it means depends on the element, see [`tag`](crate::tag).
    #[must_use]
    pub const fn tag(&self) -> u8 {
        self.tag
    }

    /// The octets of the value.
    #[must_use]
    pub const fn value(&self) -> &[u8] {
        match &self.value {
            Value::U8(octets) => octets,
            Value::U16(octets) => octets,
            Value::U32(octets) => octets,
            Value::Octets(octets) => octets,
        }
    }

    /// The value as an unsigned number of whatever width it has; `None` if it has no octets.
    ///
    /// # Errors
    /// [`ParseError::FieldWidth`] if it is wider than 4 octets.
    pub fn unsigned(&self) -> Result<Option<u32>, ParseError> {
        let number = self.number(0)?;
        Ok(number.map(|number| u32::from_ne_bytes(number.to_ne_bytes())))
    }

    /// The value as a number in two's complement of whatever width it has; `None` if it has no
    /// octets.
    ///
    /// # Errors
    /// [`ParseError::FieldWidth`] if it is wider than 4 octets.
    pub fn signed(&self) -> Result<Option<i32>, ParseError> {
        let is_negative = self.value().first().is_some_and(|octet| octet & 0x80 != 0);
        self.number(if is_negative { -1 } else { 0 })
    }

    /// The octets of the value shifted into `fill` from the right.
    fn number(&self, fill: i32) -> Result<Option<i32>, ParseError> {
        match self.value() {
            [] => Ok(None),
            octets if octets.len() > size_of::<i32>() => {
                Err(ParseError::FieldWidth { tag: self.tag, found: octets.len() })
            }
            octets => Ok(Some(
                octets.iter().fold(fill, |number, &octet| (number << 8) | i32::from(octet)),
            )),
        }
    }

    pub(crate) const fn buffer_len(&self) -> usize {
        self.value().len().saturating_add(2)
    }

    pub(crate) fn emit(&self, out: &mut Writer<'_>) -> Result<(), EmitError> {
        let value = self.value();
        let Ok(length) = u8::try_from(value.len()) else {
            return Err(EmitError::TlvTooLong { tag: self.tag, found: value.len() });
        };
        out.octets(&[self.tag, length])?;
        out.octets(value)
    }
}

/// Two TLVs are equal if they are the same octets on the wire.
impl PartialEq for Tlv<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag && self.value() == other.value()
    }
}

impl Eq for Tlv<'_> {}

impl fmt::Debug for Tlv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tlv").field("tag", &self.tag).field("value", &self.value()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_their_octets() {
        assert_eq!(Tlv::u8(9, 0xFE), Tlv::new(9, &[0xFE]));
        assert_eq!(Tlv::u16(9, 0xFEDC), Tlv::new(9, &[0xFE, 0xDC]));
        assert_eq!(Tlv::u32(9, 0xFEDC_BA98), Tlv::new(9, &[0xFE, 0xDC, 0xBA, 0x98]));
        assert_ne!(Tlv::u8(9, 1), Tlv::u8(8, 1));
        assert_ne!(Tlv::u8(9, 1), Tlv::u16(9, 1));
    }

    #[test]
    fn numbers_take_any_width_up_to_four_octets() {
        let numbers = |octets| {
            let tlv = Tlv::new(2, octets);
            (tlv.unsigned(), tlv.signed())
        };
        assert_eq!(numbers(&[]), (Ok(None), Ok(None)));
        assert_eq!(numbers(&[0x7F]), (Ok(Some(0x7F)), Ok(Some(0x7F))));
        assert_eq!(numbers(&[0xFE]), (Ok(Some(0xFE)), Ok(Some(-2))));
        assert_eq!(numbers(&[0x01, 0x02]), (Ok(Some(0x0102)), Ok(Some(0x0102))));
        assert_eq!(numbers(&[0xFF, 0xFE]), (Ok(Some(0xFFFE)), Ok(Some(-2))));
        assert_eq!(numbers(&[0xFF, 0xFF, 0xFE]), (Ok(Some(0xFF_FFFE)), Ok(Some(-2))));
        assert_eq!(numbers(&[0xFF, 0xFF, 0xFF, 0xFE]), (Ok(Some(0xFFFF_FFFE)), Ok(Some(-2))));
        let too_wide = ParseError::FieldWidth { tag: 2, found: 5 };
        assert_eq!(numbers(&[0; 5]), (Err(too_wide), Err(too_wide)));
    }
}
