use crate::reader::Reader;
use crate::writer::Writer;
use crate::{MacAddress, ParseError};

/// `notifLog`: a line of a mote's or the manager's log.
///
/// ```text
/// | macAddress (8) | logMsg |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Log<'a> {
    /// Whose log.
    pub mac_address: MacAddress,
    /// The text, in whatever encoding the mote uses.
    pub log_msg: &'a [u8],
}

impl<'a> Log<'a> {
    pub(super) fn read(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        Ok(Self { mac_address: MacAddress::read(&mut reader)?, log_msg: reader.rest() })
    }

    pub(super) const fn fields_len(&self) -> usize {
        8_usize.saturating_add(self.log_msg.len())
    }

    pub(super) fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        writer.octets(&self.mac_address.0).octets(self.log_msg)
    }
}
