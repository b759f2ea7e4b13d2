use std::io;
use std::path::Path;

use serialport::{SerialPort, SerialPortBuilder, TTYPort};

use super::access::{access, holders};
use crate::port::{Access, Holder, OpenError};

/// An open serial port.
pub(in crate::port) type Serial = TTYPort;

/// Opens a serial port for nobody else at the same time.
pub(in crate::port) fn open_serial(
    port: &str,
    settings: SerialPortBuilder,
) -> Result<Serial, OpenError> {
    let opened = settings.exclusive(true).open_native();
    let mut tty = opened.map_err(|error| explain(port, &error))?;
    // As existing clients do. A pty has no such line, and works without.
    if let Err(error) = tty.write_request_to_send(false) {
        tracing::debug!(%error, "the port has no RTS line");
    }
    Ok(tty)
}

fn explain(port: &str, error: &serialport::Error) -> OpenError {
    let port = port.to_owned();
    match error.kind() {
        serialport::ErrorKind::Io(io::ErrorKind::NotFound) => OpenError::NotFound { port },
        serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied) => {
            let fix = match access(&port) {
                Access::NotPermitted { fix } => fix,
                _ => "the system does not say why".to_owned(),
            };
            OpenError::NotPermitted { port, fix }
        }
        serialport::ErrorKind::NoDevice => {
            let holders = holders(Path::new(&port));
            let names: Vec<String> = holders.iter().map(Holder::to_string).collect();
            let unseen = || "another program, perhaps of another user,".to_owned();
            let holder = if names.is_empty() { unseen() } else { names.join(", ") };
            OpenError::Busy { port, holder }
        }
        _ => OpenError::Other { port, reason: error.to_string() },
    }
}
