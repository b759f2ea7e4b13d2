use crate::Tlv;
use crate::parser::{Parsed, address_octets};
use crate::tag::ADDRESS;

/// Which element of the mote's application a message is about.
///
/// ```text
///  0      1        2         3
/// +------+--------+---------+- - - -+
/// | 0xFF | length | element | index |     index: only where there are several
/// +------+--------+---------+- - - -+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Address<'a> {
    /// `0`: versions and counters.
    Info,
    /// `1`: where notifications go.
    Main,
    /// `2.n`: a digital input, D0 to D3.
    DigitalIn(u8),
    /// `3.n`: a digital output: 0 is D4, 1 is D5, 2 is the indicator LED.
    DigitalOut(u8),
    /// `4.n`: an analog input, A0 to A3.
    Analog(u8),
    /// `5`: the temperature sensor on the chip.
    Temperature,
    /// `254`: the packet generator.
    PkGen,
    /// `254.0`: the packet generator's echo.
    PkGenEcho,
    /// Any other octets, 255 at most; also an element without its index, as `2` for all digital
    /// inputs. Not meant for the addresses above, as which they would come back.
    Unknown(&'a [u8]),
}

impl<'a> Address<'a> {
    pub(crate) fn parser(input: &'a [u8]) -> Parsed<'a, Self> {
        let (input, octets) = address_octets(input)?;
        Ok((input, Self::from(octets)))
    }

    pub(crate) const fn to_tlv(self) -> Tlv<'a> {
        match self {
            Self::Info => Tlv::u8(ADDRESS, 0),
            Self::Main => Tlv::u8(ADDRESS, 1),
            Self::DigitalIn(index) => Tlv::u16(ADDRESS, u16::from_be_bytes([2, index])),
            Self::DigitalOut(index) => Tlv::u16(ADDRESS, u16::from_be_bytes([3, index])),
            Self::Analog(index) => Tlv::u16(ADDRESS, u16::from_be_bytes([4, index])),
            Self::Temperature => Tlv::u8(ADDRESS, 5),
            Self::PkGen => Tlv::u8(ADDRESS, 254),
            Self::PkGenEcho => Tlv::u16(ADDRESS, u16::from_be_bytes([254, 0])),
            Self::Unknown(octets) => Tlv::new(ADDRESS, octets),
        }
    }
}

impl<'a> From<&'a [u8]> for Address<'a> {
    /// From the value of an address TLV.
    fn from(octets: &'a [u8]) -> Self {
        match *octets {
            [0] => Self::Info,
            [1] => Self::Main,
            [2, index] => Self::DigitalIn(index),
            [3, index] => Self::DigitalOut(index),
            [4, index] => Self::Analog(index),
            [5] => Self::Temperature,
            [254] => Self::PkGen,
            [254, 0] => Self::PkGenEcho,
            _ => Self::Unknown(octets),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_its_octets() {
        let addresses: [(&[u8], Address<'_>); 14] = [
            (&[0], Address::Info),
            (&[1], Address::Main),
            (&[2, 3], Address::DigitalIn(3)),
            (&[3, 2], Address::DigitalOut(2)),
            (&[4, 0xFF], Address::Analog(0xFF)),
            (&[5], Address::Temperature),
            (&[254], Address::PkGen),
            (&[254, 0], Address::PkGenEcho),
            (&[], Address::Unknown(&[])),
            (&[2], Address::Unknown(&[2])),
            (&[5, 0], Address::Unknown(&[5, 0])),
            (&[6], Address::Unknown(&[6])),
            (&[254, 1], Address::Unknown(&[254, 1])),
            (&[4, 1, 0], Address::Unknown(&[4, 1, 0])),
        ];
        for (octets, address) in addresses {
            assert_eq!(Address::from(octets), address);
            assert_eq!(address.to_tlv(), Tlv::new(0xFF, octets));
        }
    }
}
