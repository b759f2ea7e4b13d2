//! The port that a command works on.

use host::Failure;

use crate::StartError;
use crate::port::{self, Link, PortChoice};

/// Opens the port that is meant. Returns its name too.
pub(super) fn open_chosen(choice: &PortChoice) -> Result<(String, Link), Failure> {
    let failure = |error: StartError| Failure::new(error.exit_code(), error);
    let name = port::find(choice).map_err(|error| failure(error.into()))?;
    let port = port::open(&name).map_err(|error| failure(error.into()))?;
    Ok((name, port))
}
