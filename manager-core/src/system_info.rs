use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, MacAddress, ParseError};

/// The response to `getSystemInfo` (0x2E): what the manager is.
///
/// ```text
/// | macAddress (8) | hwModel (1) | hwRev (1) | swMajor (1) | swMinor (1) | swPatch (1) | swBuild (2) |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SystemInfo {
    /// The manager's own EUI-64.
    pub mac_address: MacAddress,
    /// Hardware model.
    pub hw_model: u8,
    /// Hardware revision.
    pub hw_rev: u8,
    /// Software version, first part.
    pub sw_major: u8,
    /// Software version, second part.
    pub sw_minor: u8,
    /// Software version, third part.
    pub sw_patch: u8,
    /// Software build.
    pub sw_build: u16,
}

impl SystemInfo {
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
        15
    }

    /// Writes the response behind its response code, and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        Writer::new(buffer)
            .octets(&self.mac_address.0)
            .octets(&[self.hw_model, self.hw_rev, self.sw_major, self.sw_minor, self.sw_patch])
            .u16(self.sw_build)
            .finish()
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            mac_address: MacAddress::read(reader)?,
            hw_model: reader.u8()?,
            hw_rev: reader.u8()?,
            sw_major: reader.u8()?,
            sw_minor: reader.u8()?,
            sw_patch: reader.u8()?,
            sw_build: reader.u16()?,
        })
    }
}
