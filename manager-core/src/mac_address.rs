use core::fmt;

use crate::ParseError;
use crate::field::Field;
use crate::reader::Reader;
use crate::writer::Writer;

/// The EUI-64 of a mote or manager.
///
/// By default eight zero octets: where a walk through the manager's lists begins.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MacAddress(pub [u8; 8]);

impl MacAddress {
    /// Every mote at once, as the destination of [`SendData`](crate::SendData).
    pub const BROADCAST: Self = Self([0xFF; 8]);
}

impl Field for MacAddress {
    const LEN: usize = 8;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        reader.array().map(Self)
    }

    fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        writer.octets(&self.0)
    }
}

impl fmt::Display for MacAddress {
    /// Lower case with dashes: `00-17-0d-00-00-30-5d-39`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, octet) in self.0.iter().enumerate() {
            let dash = if index == 0 { "" } else { "-" };
            write!(f, "{dash}{octet:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
