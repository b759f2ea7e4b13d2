//! The port that a command works on.

use serialport::TTYPort;

use super::failure::{EX_UNAVAILABLE, Failure};
use crate::StartError;
use crate::port;

/// Opens the port of this name, or the one that says it is a manager's serial API. Returns its
/// name too.
pub(super) fn open_chosen(name: Option<&str>) -> Result<(String, TTYPort), Failure> {
    let name = match name {
        Some(name) => name.to_owned(),
        None => {
            let ports = port::survey().map_err(|error| {
                let reason = format!("this system does not list its ports: {error}");
                Failure::new(EX_UNAVAILABLE, reason)
            })?;
            let chosen = port::choose(&ports);
            chosen.map_err(|problem| Failure::new(EX_UNAVAILABLE, problem))?.to_owned()
        }
    };
    let port = port::open(&name).map_err(|error| {
        let error = StartError::from(error);
        Failure::new(error.exit_code(), error.to_string())
    })?;
    Ok((name, port))
}
