use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, ParseError};

/// `manager_hello`: the manager, every few seconds while it has no session. Hearing one tells
/// the API port from the others without writing to it.
///
/// ```text
/// | version (1) | mode (1) |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ManagerHello {
    /// The version that the manager speaks.
    pub version: u8,
    /// 0; no other mode is known.
    pub mode: u8,
}

impl ManagerHello {
    /// Reads the body.
    ///
    /// # Errors
    /// If a field is missing.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        Ok(Self { version: reader.u8()?, mode: reader.u8()? })
    }

    /// Octets of the body.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        2
    }

    /// Writes the body and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        Writer::new(buffer).octets(&[self.version, self.mode]).finish()
    }
}
