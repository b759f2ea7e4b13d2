use core::net::SocketAddr;
use std::io;

use host::{LockError, exit};
use thiserror::Error;

use crate::port::{FindError, OpenError};
use crate::{CaError, SpoolError};

/// A gateway cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// No port can be chosen: what was looked at, and how to go on.
    #[error(transparent)]
    NoPort(#[from] FindError),
    /// The port cannot be opened.
    #[error(transparent)]
    Port(#[from] OpenError),
    /// The spool cannot be opened.
    #[error("the spool cannot be used: {0}; name another directory with --state-dir")]
    Spool(#[from] SpoolError),
    /// The state folder is another gateway's, or cannot be locked.
    #[error("{0}; --state-dir names another")]
    Lock(#[from] LockError),
    /// The server could not be known.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// Metrics cannot be served.
    #[error("metrics cannot be served on {listen}: {source}; name another with --metrics-listen")]
    Metrics {
        /// Where.
        listen: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The system has no thread left.
    #[error("no thread can be started: {0}")]
    Thread(io::Error),
}

impl StartError {
    /// Whether nothing is wrong but that nothing can be written in the state folder.
    pub(super) fn is_unwritable(&self) -> bool {
        match self {
            Self::Spool(error) => error.is_unwritable(),
            Self::Lock(error) => matches!(error, LockError::NotWritable { .. }),
            _ => false,
        }
    }

    /// The exit code of a program that fails with this.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Port(OpenError::NotPermitted { .. }) => exit::NO_PERMISSION,
            Self::NoPort(_) | Self::Port(_) | Self::Metrics { .. } => exit::UNAVAILABLE,
            Self::Spool(_) => exit::IO,
            Self::Lock(error) => error.exit_code(),
            Self::Ca(_) => exit::CONFIGURATION,
            Self::Thread(_) => exit::OS,
        }
    }
}
