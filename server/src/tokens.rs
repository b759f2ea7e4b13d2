use core::fmt;
use core::str::FromStr;

use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;

/// Shortest token that is taken: anything less can be guessed.
const MIN_LENGTH: usize = 16;

/// The bearer tokens of which a client must present one. None at all means that none is needed.
///
/// Parsed from text with a line for each, its name and the token, such as
/// `attic: 5f3c0a9be17d42c68d1e`; lines that are empty or begin with `#` are skipped.
#[derive(Clone, Default)]
pub struct Tokens(Vec<Token>);

#[derive(Clone)]
struct Token {
    name: String,
    secret: String,
}

/// A line is not a named token.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseTokensError {
    /// No name, or no token.
    #[error("line {line} is not a name, a colon and a token")]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// The token has too few characters.
    #[error("the token on line {line} has fewer than {MIN_LENGTH} characters")]
    Short {
        /// Counted from 1.
        line: usize,
    },
}

impl Tokens {
    /// Whether clients need no token.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of tokens.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// What the tokens are called, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|token| token.name.as_str())
    }

    /// The name of the token that was presented. How long this takes says nothing of which tokens
    /// there are, but for their lengths.
    pub(crate) fn name_of(&self, presented: &str) -> Option<&str> {
        let mut found = None;
        for token in &self.0 {
            let equal: Choice = token.secret.as_bytes().ct_eq(presented.as_bytes());
            if bool::from(equal) {
                found = Some(token.name.as_str());
            }
        }
        found
    }
}

impl FromStr for Tokens {
    type Err = ParseTokensError;

    fn from_str(text: &str) -> Result<Self, ParseTokensError> {
        let mut tokens = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let (line, number) = (line.trim(), index + 1);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let parts = line.split_once(':').map(|(name, secret)| (name.trim(), secret.trim()));
            let Some((name, secret)) = parts.filter(|(name, _)| !name.is_empty()) else {
                return Err(ParseTokensError::Line { line: number });
            };
            if secret.len() < MIN_LENGTH {
                return Err(ParseTokensError::Short { line: number });
            }
            tokens.push(Token { name: name.to_owned(), secret: secret.to_owned() });
        }
        Ok(Self(tokens))
    }
}

impl fmt::Debug for Tokens {
    /// Only the names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_names_and_their_secrets_stay_secret() {
        let text = "# who sends\nattic: 0123456789abcdef\n\n cellar :fedcba9876543210 \n";
        let tokens: Tokens = text.parse().unwrap();
        assert_eq!(tokens.name_of("0123456789abcdef"), Some("attic"));
        assert_eq!(tokens.name_of("fedcba9876543210"), Some("cellar"));
        assert_eq!(tokens.name_of("0123456789abcdeg"), None);
        assert_eq!(tokens.name_of(""), None);
        assert_eq!(format!("{tokens:?}"), r#"["attic", "cellar"]"#);
    }

    #[test]
    fn a_line_that_is_no_token_is_named() {
        for (text, error) in [
            ("# fine\nonly-a-word", ParseTokensError::Line { line: 2 }),
            (": 0123456789abcdef", ParseTokensError::Line { line: 1 }),
            ("a: short", ParseTokensError::Short { line: 1 }),
        ] {
            assert_eq!(text.parse::<Tokens>().unwrap_err(), error);
        }
    }
}
