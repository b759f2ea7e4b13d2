use core::fmt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use thiserror::Error;
use ureq::http::HeaderValue;

/// The environment variable that may hold the token.
const VARIABLE: &str = "CLOUDDATA_TOKEN";

/// The name of the systemd credential that may hold the token.
const CREDENTIAL: &str = "token";

/// What the server knows this gateway by. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// The token cannot be had.
#[derive(Debug, Error)]
pub enum TokenError {
    /// Its file cannot be read.
    #[error("the token file {path} cannot be read: {source}", path = path.display())]
    Unreadable {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It cannot be a token.
    #[error("the token of {origin} is empty or has other than visible ASCII characters")]
    Invalid {
        /// Where it was found.
        origin: String,
    },
}

impl Token {
    /// The token of this file; else of the environment variable `CLOUDDATA_TOKEN`; else of the
    /// systemd credential `token`; else none.
    ///
    /// # Errors
    /// If it is named but cannot be read, or is no token.
    pub fn find(file: Option<&Path>) -> Result<Option<Self>, TokenError> {
        if let Some(path) = file {
            return Self::read(path).map(Some);
        }
        if let Some(token) = host::variable(VARIABLE) {
            // What is not even UTF-8 is no token either.
            return Self::parse(&token.to_string_lossy(), VARIABLE).map(Some);
        }
        host::credential(CREDENTIAL).map(|path| Self::read(&path)).transpose()
    }

    /// The value of the request's `Authorization` header, which is not shown either.
    pub(crate) fn authorization(&self) -> HeaderValue {
        // Visible ASCII is what a header may have.
        let value = HeaderValue::try_from(format!("Bearer {}", self.0));
        let mut value = value.unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
        value.set_sensitive(true);
        value
    }

    fn read(path: &Path) -> Result<Self, TokenError> {
        let text = fs::read_to_string(path)
            .map_err(|source| TokenError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text, &path.display().to_string())
    }

    fn parse(text: &str, origin: &str) -> Result<Self, TokenError> {
        let token = text.trim();
        if token.is_empty() || !token.bytes().all(|octet| octet.is_ascii_graphic()) {
            return Err(TokenError::Invalid { origin: origin.to_owned() });
        }
        Ok(Self(token.to_owned()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_token_is_trimmed_and_never_shown() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("token");
        fs::write(&path, "  s3cret\n").unwrap();
        let token = Token::find(Some(&path)).unwrap().unwrap();
        assert_eq!(token.authorization(), "Bearer s3cret");
        assert!(!format!("{token:?} {:?}", token.authorization()).contains("s3cret"));
    }

    #[test]
    fn what_is_no_token_is_refused_without_being_shown() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("token");
        for text in ["", " \n", "two words", "caf\u{e9}"] {
            fs::write(&path, text).unwrap();
            let error = Token::find(Some(&path)).unwrap_err();
            assert!(matches!(error, TokenError::Invalid { .. }), "{error}");
        }
        let missing = directory.path().join("missing");
        let error = Token::find(Some(&missing)).unwrap_err().to_string();
        assert!(error.contains("missing"), "{error}");
    }
}
