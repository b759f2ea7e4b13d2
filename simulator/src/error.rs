use core::net::SocketAddr;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::SettingsError;

/// A simulator cannot start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// No manager or mote can have these settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// What should be a probability is none.
    #[error("{name}: expected a probability, 0 to 1, found {found}")]
    Probability {
        /// Which of the [`Faults`](crate::Faults).
        name: &'static str,
        /// What was asked for.
        found: f64,
    },
    /// A cable that is pulled at once is no cable, and one without a link is not found again.
    #[error(
        "time between pulls of the cable: expected more than zero, and a link to find the port by"
    )]
    Replug,
    /// What finds a pty cannot find a socket.
    #[error("a port that is listened on has no link, and no cable that could be pulled")]
    LinkToSocket,
    /// No client could connect.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The pty cannot be made.
    #[error("cannot make a pty: {0}")]
    Pty(#[source] io::Error),
    /// The link to the pty cannot be made.
    #[error("cannot make the link {}: {source}", .path.display())]
    Link {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The ledger cannot be made.
    #[error("cannot make the ledger {}: {source}", .path.display())]
    Ledger {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The thread cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
}

/// A simulator has ended before it was told to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The port or the ledger has failed.
    #[error("the port or the ledger has failed: {0}")]
    Io(#[from] io::Error),
    /// A fault of the simulator itself.
    #[error("the simulator has panicked")]
    Panicked,
}
