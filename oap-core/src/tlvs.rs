use core::{fmt, slice};

use crate::parser::{Parsed, finish, tag_and_value};
use crate::tag::ADDRESS;
use crate::writer::Writer;
use crate::{Address, EmitError, ParseError, SensorFields, Tlv};

/// A list of [`Tlv`]s: borrowed from a message that was parsed, or from a slice of the caller's.
///
/// ```
/// use oap_core::{Tlv, Tlvs, tag::sensor};
///
/// let fields = [Tlv::u8(sensor::ENABLE, 1), Tlv::u32(sensor::RATE, 10_000)];
/// let parsed = Tlvs::parse(&[0, 1, 1, 1, 4, 0, 0, 0x27, 0x10])?;
/// assert_eq!(parsed, Tlvs::from(&fields[..]));
/// # Ok::<(), oap_core::ParseError>(())
/// ```
#[derive(Clone, Copy)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tlvs<'a>(Source<'a>);

#[derive(Clone, Copy)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Source<'a> {
    /// Octets that [`Tlvs::parse`] has walked to their end.
    Octets(&'a [u8]),
    List(&'a [Tlv<'a>]),
}

impl<'a> Tlvs<'a> {
    /// No TLVs.
    pub const EMPTY: Self = Self(Source::List(&[]));

    /// Takes all of `octets` as TLVs, one behind the other.
    ///
    /// # Errors
    /// [`ParseError::Truncated`] if the last one is longer than what is left.
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        finish(octets, Self::parser(octets))
    }

    pub(crate) fn parser(octets: &'a [u8]) -> Parsed<'a, Self> {
        let mut rest = octets;
        while !rest.is_empty() {
            (rest, _) = tag_and_value(rest)?;
        }
        Ok((rest, Self(Source::Octets(octets))))
    }

    /// The TLVs in their order.
    pub fn iter(&self) -> impl Iterator<Item = Tlv<'a>> + Clone + use<'a> {
        self.entries().map(|(tag, value)| Tlv::new(tag, value))
    }

    /// The first TLV with this tag.
    #[must_use]
    pub fn find(&self, tag: u8) -> Option<Tlv<'a>> {
        self.iter().find(|tlv| tlv.tag() == tag)
    }

    /// The first address among the TLVs.
    #[must_use]
    pub fn address(&self) -> Option<Address<'a>> {
        let (_, octets) = self.entries().find(|&(tag, _)| tag == ADDRESS)?;
        Some(Address::from(octets))
    }

    /// The TLVs as the fields of digital_in, analog or temperature.
    #[must_use]
    pub const fn sensor_fields(&self) -> SensorFields<'a> {
        SensorFields::new(*self)
    }

    fn entries(&self) -> Entries<'a> {
        match self.0 {
            Source::Octets(octets) => Entries::Octets(octets),
            Source::List(tlvs) => Entries::List(tlvs.iter()),
        }
    }

    pub(crate) fn buffer_len(&self) -> usize {
        match self.0 {
            Source::Octets(octets) => octets.len(),
            Source::List(tlvs) => {
                tlvs.iter().fold(0, |sum: usize, tlv| sum.saturating_add(tlv.buffer_len()))
            }
        }
    }

    pub(crate) fn emit(&self, out: &mut Writer<'_>) -> Result<(), EmitError> {
        match self.0 {
            Source::Octets(octets) => out.octets(octets),
            Source::List(tlvs) => tlvs.iter().try_for_each(|tlv| tlv.emit(out)),
        }
    }
}

#[derive(Clone)]
enum Entries<'a> {
    Octets(&'a [u8]),
    List(slice::Iter<'a, Tlv<'a>>),
}

impl<'a> Iterator for Entries<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Octets(octets) => {
                let (rest, entry) = tag_and_value(octets).ok()?;
                *octets = rest;
                Some(entry)
            }
            Self::List(tlvs) => tlvs.next().map(|tlv| (tlv.tag(), tlv.value())),
        }
    }
}

impl<'a> From<&'a [Tlv<'a>]> for Tlvs<'a> {
    fn from(tlvs: &'a [Tlv<'a>]) -> Self {
        Self(Source::List(tlvs))
    }
}

impl<'a, const N: usize> From<&'a [Tlv<'a>; N]> for Tlvs<'a> {
    fn from(tlvs: &'a [Tlv<'a>; N]) -> Self {
        Self(Source::List(tlvs))
    }
}

/// Two lists are equal if they are the same octets on the wire.
impl PartialEq for Tlvs<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Tlvs<'_> {}

impl fmt::Debug for Tlvs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::{format, vec};

    use super::*;

    #[test]
    fn the_first_of_two_is_found() {
        let octets = [1, 1, 7, 2, 0, 1, 1, 9];
        let tlvs = Tlvs::parse(&octets).unwrap();
        assert_eq!(tlvs.find(1), Some(Tlv::u8(1, 7)));
        assert_eq!(tlvs.find(2), Some(Tlv::new(2, &[])));
        assert_eq!(tlvs.find(3), None);
        assert_eq!(tlvs.iter().count(), 3);
    }

    #[test]
    fn a_list_is_what_its_octets_are() {
        let list = [Tlv::u8(1, 7), Tlv::new(2, &[]), Tlv::u16(3, 9), Tlv::new(ADDRESS, &[5])];
        let list = Tlvs::from(&list);
        let mut buffer = vec![0; list.buffer_len()];
        list.emit(&mut Writer::new(&mut buffer)).unwrap();
        assert_eq!(buffer, [1, 1, 7, 2, 0, 3, 2, 0, 9, ADDRESS, 1, 5]);

        let parsed = Tlvs::parse(&buffer).unwrap();
        assert_eq!(parsed, list);
        assert_eq!(parsed.buffer_len(), list.buffer_len());
        for tlvs in [parsed, list] {
            assert_eq!(tlvs.address(), Some(Address::Temperature));
        }
        assert_eq!(format!("{parsed:?}"), format!("{list:?}"));
        assert_ne!(parsed, Tlvs::EMPTY);
        assert_eq!(Tlvs::EMPTY.address(), None);
    }

    #[test]
    fn debug_shows_tags_and_values() {
        let tlvs = Tlvs::parse(&[1, 2, 3, 4]).unwrap();
        assert_eq!(format!("{tlvs:?}"), "[Tlv { tag: 1, value: [3, 4] }]");
    }

    #[test]
    fn a_length_beyond_the_end_is_an_error() {
        let truncated = |expected, found| Err(ParseError::Truncated { expected, found });
        assert_eq!(Tlvs::parse(&[1, 1, 7, 2]), truncated(5, 4));
        assert_eq!(Tlvs::parse(&[1, 1, 7, 2, 255, 0]), truncated(260, 6));
    }

    #[test]
    fn a_value_of_256_octets_is_refused() {
        let list = [Tlv::new(3, &[0; 256])];
        let mut buffer = [0; 300];
        assert_eq!(
            Tlvs::from(&list).emit(&mut Writer::new(&mut buffer)),
            Err(EmitError::TlvTooLong { tag: 3, found: 256 })
        );
    }
}
