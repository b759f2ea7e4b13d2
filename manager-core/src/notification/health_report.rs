use crate::reader::Reader;
use crate::writer::Writer;
use crate::{MacAddress, ParseError};

/// `notifHealthReport`: a mote's statistics about its battery, queue and neighbours.
///
/// ```text
/// | macAddress (8) | payload |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HealthReport<'a> {
    /// The mote.
    pub mac_address: MacAddress,
    /// The report, in a format of its own.
    pub payload: &'a [u8],
}

impl<'a> HealthReport<'a> {
    pub(super) fn read(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        Ok(Self { mac_address: MacAddress::read(&mut reader)?, payload: reader.rest() })
    }

    pub(super) const fn fields_len(&self) -> usize {
        8_usize.saturating_add(self.payload.len())
    }

    pub(super) fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        writer.octets(&self.mac_address.0).octets(self.payload)
    }
}
