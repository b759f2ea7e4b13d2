//! The port that a command works on.

use serialport::TTYPort;

use super::failure::{EX_UNAVAILABLE, Failure};
use crate::StartError;
use crate::port::{self, PortChoice};

/// Opens the port of this name, or the one that says it is a manager's serial API. Returns its
/// name too.
pub(super) fn open_chosen(name: Option<&str>) -> Result<(String, TTYPort), Failure> {
    let choice = name.map_or(PortChoice::ByIdentity, |name| name.to_owned().into());
    let name = port::find(&choice).map_err(|problem| Failure::new(EX_UNAVAILABLE, problem))?;
    let port = port::open(&name).map_err(|error| {
        let error = StartError::from(error);
        Failure::new(error.exit_code(), error.to_string())
    })?;
    Ok((name, port))
}
