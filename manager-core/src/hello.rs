use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, PROTOCOL_VERSION, ParseError};

/// `hello`: the client asks for a session.
///
/// ```text
/// | version (1) | cliSeqNo (1) | mode (1) |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Hello {
    /// The serial API's version, [`PROTOCOL_VERSION`].
    pub version: u8,
    /// The number before that of the client's first command.
    pub cli_seq_no: u8,
    /// 0; no other mode is known.
    pub mode: u8,
}

impl Hello {
    /// A hello in this crate's version of the protocol.
    #[must_use]
    pub const fn new(cli_seq_no: u8) -> Self {
        Self { version: PROTOCOL_VERSION, cli_seq_no, mode: 0 }
    }

    /// Reads the body.
    ///
    /// # Errors
    /// If a field is missing.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        Ok(Self { version: reader.u8()?, cli_seq_no: reader.u8()?, mode: reader.u8()? })
    }

    /// Octets of the body.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        3
    }

    /// Writes the body and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        Writer::new(buffer).octets(&[self.version, self.cli_seq_no, self.mode]).finish()
    }
}
