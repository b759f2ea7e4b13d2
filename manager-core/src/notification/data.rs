use crate::reader::Reader;
use crate::writer::Writer;
use crate::{MacAddress, ParseError, UtcTime};

/// `notifData`: a UDP payload from a mote.
///
/// ```text
/// | utcSecs (8) | utcUsecs (4) | macAddress (8) | srcPort (2) | dstPort (2) | data |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Data<'a> {
    /// When the mote sent it, on the manager's clock.
    pub utc: UtcTime,
    /// The mote.
    pub mac_address: MacAddress,
    /// UDP source port.
    pub src_port: u16,
    /// UDP destination port: it tells what the payload is.
    pub dst_port: u16,
    /// The UDP payload.
    pub data: &'a [u8],
}

impl<'a> Data<'a> {
    pub(super) fn read(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        Ok(Self {
            utc: UtcTime::read(&mut reader)?,
            mac_address: MacAddress::read(&mut reader)?,
            src_port: reader.u16()?,
            dst_port: reader.u16()?,
            data: reader.rest(),
        })
    }

    pub(super) const fn fields_len(&self) -> usize {
        (UtcTime::LEN + 8 + 4_usize).saturating_add(self.data.len())
    }

    pub(super) fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        self.utc
            .write(writer)
            .octets(&self.mac_address.0)
            .u16(self.src_port)
            .u16(self.dst_port)
            .octets(self.data)
    }
}
