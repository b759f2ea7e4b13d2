use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// The spool cannot be used.
#[derive(Debug, Error)]
pub enum SpoolError {
    /// Its directory or file cannot be made or moved.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite says why.
    #[error("{path}: {source}", path = path.display())]
    Sqlite {
        /// Where.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
}
