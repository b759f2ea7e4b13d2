//! The port that a command works on.

use serialport::TTYPort;

use super::failure::{EX_UNAVAILABLE, Failure};
use crate::StartError;
use crate::port::{self, PortChoice};

/// Opens the port that is meant. Returns its name too.
pub(super) fn open_chosen(choice: &PortChoice) -> Result<(String, TTYPort), Failure> {
    let name = port::find(choice).map_err(|problem| Failure::new(EX_UNAVAILABLE, problem))?;
    let port = port::open(&name).map_err(|error| {
        let error = StartError::from(error);
        Failure::new(error.exit_code(), error.to_string())
    })?;
    Ok((name, port))
}
