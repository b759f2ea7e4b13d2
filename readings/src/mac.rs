use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// A mote's EUI-64, written `00-17-0d-00-00-30-5d-39`: lower case, dashes.
///
/// Upper case and colons are accepted when parsing; what is written out is always the form above,
/// so the text is a key too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac([u8; 8]);

/// Length of the text form.
const TEXT_LEN: usize = 8 * 2 + 7;

impl Mac {
    /// The eight octets, in the order in which they are written.
    #[must_use]
    pub const fn octets(self) -> [u8; 8] {
        self.0
    }

    /// The text form, in ASCII.
    #[must_use]
    pub fn text(self) -> [u8; TEXT_LEN] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; TEXT_LEN];
        for (pair, octet) in text.chunks_mut(3).zip(self.0) {
            pair[0] = DIGITS[usize::from(octet >> 4)];
            pair[1] = DIGITS[usize::from(octet & 0xf)];
        }
        text
    }
}

impl From<[u8; 8]> for Mac {
    fn from(octets: [u8; 8]) -> Self {
        Self(octets)
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text();
        f.pad(core::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an EUI-64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not an EUI-64 of eight octets such as 00-17-0d-00-00-30-5d-39")]
pub struct ParseMacError;

impl FromStr for Mac {
    type Err = ParseMacError;

    fn from_str(text: &str) -> Result<Self, ParseMacError> {
        let text = text.as_bytes();
        if text.len() != TEXT_LEN {
            return Err(ParseMacError);
        }
        let separator = text[2];
        if separator != b'-' && separator != b':' {
            return Err(ParseMacError);
        }
        let mut octets = [0; 8];
        for (octet, part) in octets.iter_mut().zip(text.chunks(3)) {
            if part.get(2).is_some_and(|&other| other != separator) {
                return Err(ParseMacError);
            }
            *octet = hex_digit(part[0])? << 4 | hex_digit(part[1])?;
        }
        Ok(Self(octets))
    }
}

fn hex_digit(character: u8) -> Result<u8, ParseMacError> {
    match character {
        b'0'..=b'9' => Ok(character - b'0'),
        b'a'..=b'f' => Ok(character - b'a' + 10),
        b'A'..=b'F' => Ok(character - b'A' + 10),
        _ => Err(ParseMacError),
    }
}

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mac {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: Mac = Mac([0x00, 0x17, 0x0d, 0x00, 0x00, 0x30, 0x5d, 0x39]);

    #[test]
    fn every_accepted_spelling_is_one_mac() {
        for text in
            ["00-17-0d-00-00-30-5d-39", "00-17-0D-00-00-30-5D-39", "00:17:0d:00:00:30:5d:39"]
        {
            assert_eq!(text.parse(), Ok(MAC), "{text}");
        }
        assert_eq!(MAC.to_string(), "00-17-0d-00-00-30-5d-39");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "00-17-0d-00-00-30-5d",
            "00-17-0d-00-00-30-5d-39-00",
            "00-17:0d-00-00-30-5d-39",
            "00170d0000305d39",
            "0g-17-0d-00-00-30-5d-39",
            "+0-17-0d-00-00-30-5d-39",
            "00-17-0d-00-00-30-5d-3\u{e9}",
            "00 17 0d 00 00 30 5d 39",
        ] {
            assert_eq!(text.parse::<Mac>(), Err(ParseMacError), "{text}");
        }
    }
}
