use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, ParseError, UtcTime};

/// The response to `getTime` (0x17): the manager's clocks at the moment it answers.
///
/// ```text
/// | uptime (4) | utcSecs (8) | utcUsecs (4) | asn (5) | asnOffset (2) |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TimeInfo {
    /// Seconds since the manager booted.
    pub uptime: u32,
    /// What the manager calls UTC.
    pub utc: UtcTime,
    /// Absolute slot number: time slots since the network was formed.
    pub asn: [u8; 5],
    /// Microseconds since that slot began.
    pub asn_offset: u16,
}

impl TimeInfo {
    /// Reads the response behind its response code.
    ///
    /// # Errors
    /// If a field is missing.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        Self::read(&mut Reader::new(body))
    }

    /// Octets of the response behind its response code.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        4 + UtcTime::LEN + 5 + 2
    }

    /// Writes the response behind its response code, and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        self.write(Writer::new(buffer)).finish()
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            uptime: reader.u32()?,
            utc: UtcTime::read(reader)?,
            asn: reader.array()?,
            asn_offset: reader.u16()?,
        })
    }

    pub(crate) fn write<'a>(&self, writer: Writer<'a>) -> Writer<'a> {
        self.utc.write(writer.u32(self.uptime)).octets(&self.asn).u16(self.asn_offset)
    }
}
