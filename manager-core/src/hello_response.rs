use core::fmt;

use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, ParseError};

/// `hello_response`: the manager grants or refuses a session.
///
/// ```text
/// | successCode (1) | version (1) | mgrSeqNo (1) | cliSeqNo (1) | mode (1) |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HelloResponse {
    /// Whether there is a session now.
    pub success_code: SuccessCode,
    /// The version that the manager speaks.
    pub version: u8,
    /// The last number that the manager used.
    pub mgr_seq_no: u8,
    /// The hello's `cliSeqNo`.
    pub cli_seq_no: u8,
    /// The hello's mode.
    pub mode: u8,
}

/// What came of a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SuccessCode {
    /// 0: there is a session.
    Ok,
    /// 1: the manager does not speak the hello's version.
    UnsupportedVersion,
    /// 2: the manager does not know the hello's mode.
    InvalidMode,
    /// Any other.
    Unknown(u8),
}

impl From<u8> for SuccessCode {
    fn from(octet: u8) -> Self {
        match octet {
            0 => Self::Ok,
            1 => Self::UnsupportedVersion,
            2 => Self::InvalidMode,
            other => Self::Unknown(other),
        }
    }
}

impl From<SuccessCode> for u8 {
    fn from(code: SuccessCode) -> Self {
        match code {
            SuccessCode::Ok => 0,
            SuccessCode::UnsupportedVersion => 1,
            SuccessCode::InvalidMode => 2,
            SuccessCode::Unknown(other) => other,
        }
    }
}

impl fmt::Display for SuccessCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::UnsupportedVersion => "unsupported version",
            Self::InvalidMode => "invalid mode",
            Self::Unknown(other) => return write!(f, "unknown success code {other}"),
        })
    }
}

impl HelloResponse {
    /// Reads the body.
    ///
    /// # Errors
    /// If a field is missing.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        Ok(Self {
            success_code: reader.u8()?.into(),
            version: reader.u8()?,
            mgr_seq_no: reader.u8()?,
            cli_seq_no: reader.u8()?,
            mode: reader.u8()?,
        })
    }

    /// Octets of the body.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        5
    }

    /// Writes the body and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        let code = self.success_code.into();
        Writer::new(buffer)
            .octets(&[code, self.version, self.mgr_seq_no, self.cli_seq_no, self.mode])
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_success_code_keeps_its_number() {
        for octet in 0..=u8::MAX {
            assert_eq!(u8::from(SuccessCode::from(octet)), octet);
        }
    }
}
