use core::{fmt, slice};

use crate::writer::Writer;
use crate::{EmitError, ParseError};

/// How many bits a sample has on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SampleSize {
    /// 8, unsigned: digital_in.
    Bits8,
    /// 16, signed: temperature and analog.
    Bits16,
}

impl SampleSize {
    /// Bits of a sample, as the wire has it.
    #[must_use]
    pub const fn bits(self) -> u8 {
        match self {
            Self::Bits8 => 8,
            Self::Bits16 => 16,
        }
    }

    /// Octets of a sample.
    #[must_use]
    pub const fn octets(self) -> usize {
        match self {
            Self::Bits8 => 1,
            Self::Bits16 => 2,
        }
    }
}

impl TryFrom<u8> for SampleSize {
    type Error = ParseError;

    /// From the number of bits.
    fn try_from(bits: u8) -> Result<Self, ParseError> {
        match bits {
            8 => Ok(Self::Bits8),
            16 => Ok(Self::Bits16),
            found => Err(ParseError::SampleSize { found }),
        }
    }
}

/// The values of [`Samples`](super::Samples): borrowed from a message that was parsed, or from a
/// slice of the caller's.
#[derive(Clone, Copy)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SampleValues<'a>(Source<'a>);

#[derive(Clone, Copy)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Source<'a> {
    Bits8(&'a [u8]),
    Bits16(&'a [i16]),
    /// 16 bits each, in the order of the wire.
    BigEndian(&'a [u8]),
}

impl<'a> SampleValues<'a> {
    /// Samples of 8 bits, 255 at most.
    #[must_use]
    pub const fn bits8(values: &'a [u8]) -> Self {
        Self(Source::Bits8(values))
    }

    /// Samples of 16 bits, 255 at most.
    #[must_use]
    pub const fn bits16(values: &'a [i16]) -> Self {
        Self(Source::Bits16(values))
    }

    pub(crate) const fn from_octets(size: SampleSize, octets: &'a [u8]) -> Self {
        match size {
            SampleSize::Bits8 => Self(Source::Bits8(octets)),
            SampleSize::Bits16 => Self(Source::BigEndian(octets)),
        }
    }

    /// How many bits each has on the wire.
    #[must_use]
    pub const fn size(&self) -> SampleSize {
        match self.0 {
            Source::Bits8(_) => SampleSize::Bits8,
            Source::Bits16(_) | Source::BigEndian(_) => SampleSize::Bits16,
        }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.0 {
            Source::Bits8(values) => values.len(),
            Source::Bits16(values) => values.len(),
            Source::BigEndian(octets) => octets.len() / 2,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values in their order.
    pub fn iter(&self) -> impl Iterator<Item = i16> + Clone + use<'a> {
        match self.0 {
            Source::Bits8(values) => Values::Bits8(values.iter()),
            Source::Bits16(values) => Values::Bits16(values.iter()),
            Source::BigEndian(octets) => Values::BigEndian(octets),
        }
    }

    pub(crate) fn emit(&self, out: &mut Writer<'_>) -> Result<(), EmitError> {
        match self.0 {
            Source::Bits8(octets) | Source::BigEndian(octets) => out.octets(octets),
            Source::Bits16(values) => {
                values.iter().try_for_each(|value| out.octets(&value.to_be_bytes()))
            }
        }
    }
}

#[derive(Clone)]
enum Values<'a> {
    Bits8(slice::Iter<'a, u8>),
    Bits16(slice::Iter<'a, i16>),
    BigEndian(&'a [u8]),
}

impl Iterator for Values<'_> {
    type Item = i16;

    fn next(&mut self) -> Option<i16> {
        match self {
            Self::Bits8(values) => values.next().copied().map(i16::from),
            Self::Bits16(values) => values.next().copied(),
            Self::BigEndian(octets) => {
                let (value, rest) = octets.split_first_chunk()?;
                *octets = rest;
                Some(i16::from_be_bytes(*value))
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Bits8(values) => values.size_hint(),
            Self::Bits16(values) => values.size_hint(),
            Self::BigEndian(octets) => (octets.len() / 2, Some(octets.len() / 2)),
        }
    }
}

/// Equal if they are the same octets on the wire.
impl PartialEq for SampleValues<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.size() == other.size() && self.iter().eq(other.iter())
    }
}

impl Eq for SampleValues<'_> {}

impl fmt::Debug for SampleValues<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bits ", self.size().bits())?;
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn values_are_the_same_from_the_wire_and_from_a_slice() {
        let wire = SampleValues::from_octets(SampleSize::Bits16, &[0xFF, 0xFB, 0x08, 0xF9]);
        let slice = SampleValues::bits16(&[-5, 2297]);
        assert_eq!(wire, slice);
        assert_eq!(wire.iter().collect::<Vec<_>>(), [-5, 2297]);
        assert_eq!((wire.len(), slice.len()), (2, 2));
        assert_eq!(wire.iter().size_hint(), (2, Some(2)));
        assert_eq!(slice.iter().size_hint(), (2, Some(2)));
        assert_eq!(format!("{wire:?}"), "16 bits [-5, 2297]");
        assert_ne!(wire, SampleValues::bits16(&[-5, 2298]));
    }

    #[test]
    fn eight_bits_are_unsigned() {
        let values = SampleValues::bits8(&[0, 255]);
        assert_eq!(values, SampleValues::from_octets(SampleSize::Bits8, &[0, 255]));
        assert_eq!(values.iter().collect::<Vec<_>>(), [0, 255]);
        assert_eq!(values.iter().size_hint(), (2, Some(2)));
        assert!(!values.is_empty());
    }

    #[test]
    fn no_samples_of_8_bits_are_not_no_samples_of_16() {
        assert!(SampleValues::bits8(&[]).is_empty());
        assert!(SampleValues::bits16(&[]).is_empty());
        assert_ne!(SampleValues::bits8(&[]), SampleValues::bits16(&[]));
    }

    #[test]
    fn only_8_and_16_bits_are_sizes() {
        for bits in 0..=u8::MAX {
            match SampleSize::try_from(bits) {
                Ok(size) => {
                    assert_eq!(size.bits(), bits);
                    assert_eq!(size.octets() * 8, usize::from(bits));
                }
                Err(error) => {
                    assert!(bits != 8 && bits != 16);
                    assert_eq!(error, ParseError::SampleSize { found: bits });
                }
            }
        }
    }
}
