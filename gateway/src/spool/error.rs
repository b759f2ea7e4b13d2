use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;
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
    /// Its directory cannot be written; it is looked at again and again.
    #[error("{path} cannot be written: {reason}", path = path.display())]
    Unwritable {
        /// Where.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl SpoolError {
    /// Whether there might be a spool if only something could be written there: the file system is
    /// read-only, or the directory is somebody else's.
    #[must_use]
    pub fn is_unwritable(&self) -> bool {
        match self {
            Self::Unwritable { .. } => true,
            Self::Io { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
            ),
            Self::Sqlite { path, source } => match source.sqlite_error_code() {
                Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => true,
                // SQLite does not say why.
                Some(ErrorCode::CannotOpen) => {
                    let refused = host::is_write_refused;
                    refused(path) || path.parent().is_some_and(refused)
                }
                _ => false,
            },
        }
    }
}
