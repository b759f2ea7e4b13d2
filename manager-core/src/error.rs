use core::fmt;

/// What the peer sent is not the message it claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ParseError {
    /// The message ends before its last field.
    TooShort {
        /// Octets that the fields so far take.
        expected: usize,
        /// Octets that came.
        found: usize,
    },
    /// The header's length is not that of the body behind it.
    LengthMismatch {
        /// What the header says.
        declared: usize,
        /// Octets that came.
        found: usize,
    },
}

impl ParseError {
    /// The same of a message that stands behind a response code.
    pub(crate) const fn behind_code(self) -> Self {
        match self {
            Self::TooShort { expected, found } => {
                Self::TooShort { expected: expected + 1, found: found + 1 }
            }
            other => other,
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { expected, found } => {
                write!(f, "message too short: expected at least {expected} octets, found {found}")
            }
            Self::LengthMismatch { declared, found } => {
                write!(f, "length mismatch: the header declares {declared} octets, found {found}")
            }
        }
    }
}

impl core::error::Error for ParseError {}

/// The message does not fit where it should be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EmitError {
    /// The caller's buffer is too small.
    BufferTooSmall {
        /// Octets that the message takes.
        needed: usize,
    },
    /// A body of more than 255 octets, which a header cannot declare.
    BodyTooLong {
        /// Octets of the body.
        found: usize,
    },
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BufferTooSmall { needed } => {
                write!(f, "buffer too small: the message takes {needed} octets")
            }
            Self::BodyTooLong { found } => {
                write!(f, "body too long: {found} octets where a header declares at most 255")
            }
        }
    }
}

impl core::error::Error for EmitError {}
