use crate::reader::Reader;
use crate::writer::Writer;
use crate::{MacAddress, ParseError, UtcTime};

/// `notifIpData`: an IP packet from a mote that is not plain UDP.
///
/// ```text
/// | utcSecs (8) | utcUsecs (4) | macAddress (8) | packet |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct IpData<'a> {
    /// When the mote sent it, on the manager's clock.
    pub utc: UtcTime,
    /// The mote.
    pub mac_address: MacAddress,
    /// The 6LoWPAN packet.
    pub packet: &'a [u8],
}

impl<'a> IpData<'a> {
    pub(super) fn read(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        Ok(Self {
            utc: UtcTime::read(&mut reader)?,
            mac_address: MacAddress::read(&mut reader)?,
            packet: reader.rest(),
        })
    }

    pub(super) const fn fields_len(&self) -> usize {
        (UtcTime::LEN + 8).saturating_add(self.packet.len())
    }

    pub(super) fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        self.utc.write(writer).octets(&self.mac_address.0).octets(self.packet)
    }
}
