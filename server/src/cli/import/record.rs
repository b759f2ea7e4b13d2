use std::io;

use host::{Failure, exit};
use serde_json::Value;
use thiserror::Error;

/// A record of a file: a reading, to be judged by the server, or why it is none.
#[derive(Debug, PartialEq)]
pub(super) struct Record {
    /// The line that it is on, counted from 1, where records are lines.
    pub(super) line: Option<u64>,
    pub(super) reading: Result<Value, String>,
}

/// Where a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its number among the records, counted from 1.
    pub(super) number: u64,
    /// Its line, where records are lines.
    pub(super) line: Option<u64>,
}

/// A file cannot be read on.
#[derive(Debug, Error)]
pub(super) enum ReadError {
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Form(String),
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        let code = match &error {
            // This is what a compressed file that was damaged or cut short gives.
            ReadError::Io(error) => match error.kind() {
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::InvalidData
                | io::ErrorKind::InvalidInput => exit::DATA,
                _ => exit::IO,
            },
            ReadError::Form(_) => exit::DATA,
        };
        Self::new(code, error)
    }
}

/// The records of a file, in their order. After an error there are no more.
pub(super) type Records = Box<dyn Iterator<Item = Result<Record, ReadError>>>;

/// A temperature for the server to judge.
///
/// # Errors
/// If it is no number that JSON has.
pub(super) fn temperature(text: &str) -> Result<Value, String> {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.map(Value::from).ok_or_else(|| {
        let shown: String = text.chars().take(32).flat_map(char::escape_debug).collect();
        format!("\"{shown}\" is no temperature")
    })
}
