use core::fmt;

/// The peer sent octets that are not an OAP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ParseError {
    /// The message ends before the length that its layout or one of its inner lengths declares.
    Truncated {
        /// Fewest octets that the message would have to have.
        expected: usize,
        /// Octets that it has.
        found: usize,
    },
    /// A request or a notification does not begin with an address (a TLV with tag 0xFF).
    AddressExpected {
        /// The tag in its place.
        found: u8,
    },
    /// A sample size that is neither 8 nor 16 bits.
    SampleSize {
        /// The declared size, in bits.
        found: u8,
    },
    /// A TLV read as a number is wider than 4 octets.
    FieldWidth {
        /// Its tag.
        tag: u8,
        /// Its length, in octets.
        found: usize,
    },
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { expected, found } => {
                write!(f, "message truncated: expected at least {expected} octets, found {found}")
            }
            Self::AddressExpected { found } => {
                write!(f, "address expected: tag 0xff, found {found:#04x}")
            }
            Self::SampleSize { found } => {
                write!(f, "unknown sample size: expected 8 or 16 bits, found {found}")
            }
            Self::FieldWidth { tag, found } => {
                write!(f, "field {tag} too wide: expected at most 4 octets, found {found}")
            }
        }
    }
}

impl core::error::Error for ParseError {}

/// The caller asked for octets that cannot be. What the buffer holds after it means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EmitError {
    /// The buffer is shorter than the message's `buffer_len()`.
    BufferTooSmall {
        /// Octets that the message takes.
        expected: usize,
        /// Octets that the buffer has.
        found: usize,
    },
    /// A TLV's value is longer than its length octet can say, 255.
    TlvTooLong {
        /// Its tag.
        tag: u8,
        /// Its length, in octets.
        found: usize,
    },
    /// More samples than their count can say, 255.
    TooManySamples {
        /// How many.
        found: usize,
    },
    /// A statistic that the declared sample size cannot hold: 8 bits are 0 to 255.
    StatisticOutOfRange {
        /// The value.
        found: i16,
    },
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BufferTooSmall { expected, found } => {
                write!(f, "buffer too small: expected {expected} octets, found {found}")
            }
            Self::TlvTooLong { tag, found } => {
                write!(f, "TLV {tag} too long: expected at most 255 octets, found {found}")
            }
            Self::TooManySamples { found } => {
                write!(f, "too many samples: expected at most 255, found {found}")
            }
            Self::StatisticOutOfRange { found } => {
                write!(f, "statistic out of range: expected 0 to 255, found {found}")
            }
        }
    }
}

impl core::error::Error for EmitError {}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn errors_say_what_was_expected_and_what_was_found() {
        let parse_errors = [
            (
                ParseError::Truncated { expected: 4, found: 3 },
                "message truncated: expected at least 4 octets, found 3",
            ),
            (ParseError::AddressExpected { found: 1 }, "address expected: tag 0xff, found 0x01"),
            (
                ParseError::SampleSize { found: 12 },
                "unknown sample size: expected 8 or 16 bits, found 12",
            ),
            (
                ParseError::FieldWidth { tag: 1, found: 5 },
                "field 1 too wide: expected at most 4 octets, found 5",
            ),
        ];
        for (error, text) in parse_errors {
            assert_eq!(error.to_string(), text);
        }
        let emit_errors = [
            (
                EmitError::BufferTooSmall { expected: 27, found: 26 },
                "buffer too small: expected 27 octets, found 26",
            ),
            (
                EmitError::TlvTooLong { tag: 255, found: 256 },
                "TLV 255 too long: expected at most 255 octets, found 256",
            ),
            (
                EmitError::TooManySamples { found: 256 },
                "too many samples: expected at most 255, found 256",
            ),
            (
                EmitError::StatisticOutOfRange { found: -1 },
                "statistic out of range: expected 0 to 255, found -1",
            ),
        ];
        for (error, text) in emit_errors {
            assert_eq!(error.to_string(), text);
        }
    }
}
