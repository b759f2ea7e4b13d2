use core::fmt;
use core::str::FromStr;

use serde::Serialize;
use thiserror::Error;

/// Most characters of a name.
const MAX_LENGTH: usize = 40;

/// What a site or a token is called: letters, digits and - between them, so that it can be a part
/// of an address as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Name(String);

/// The text cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a name has 1 to {MAX_LENGTH} characters: a to z, 0 to 9, and - neither first nor last")]
pub struct ParseNameError;

impl Name {
    /// Whether this is the name of what a server without sites is.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.0 == Self::DEFAULT
    }

    /// The default site's.
    pub const DEFAULT: &str = "default";

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        let is_known = |octet: u8| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let is_name = (1..=MAX_LENGTH).contains(&text.len())
            && text.bytes().all(is_known)
            && !text.starts_with('-')
            && !text.ends_with('-');
        is_name.then(|| Self(text.to_owned())).ok_or(ParseNameError)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_a_part_of_an_address() {
        for name in ["a", "7", "north-wing-2", &"x".repeat(40)] {
            assert_eq!(name.parse::<Name>().unwrap().as_str(), name);
        }
        for text in ["", "-a", "a-", "A", "a b", "a/b", "..", "ä", "a.b", &"x".repeat(41)] {
            assert_eq!(text.parse::<Name>(), Err(ParseNameError), "{text}");
        }
    }
}
