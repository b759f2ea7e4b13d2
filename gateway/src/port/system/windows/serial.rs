use std::fs::OpenOptions;
use std::io;
use std::os::windows::fs::OpenOptionsExt;

use serialport::{COMPort, SerialPort, SerialPortBuilder};

use crate::port::OpenError;

/// An open serial port.
pub(in crate::port) type Serial = COMPort;

/// Opens a serial port, which Windows does for nobody else at the same time.
pub(in crate::port) fn open_serial(
    port: &str,
    settings: SerialPortBuilder,
) -> Result<Serial, OpenError> {
    let mut com = settings.open_native().map_err(|error| explain(port, &error))?;
    // As existing clients do.
    if let Err(error) = com.write_request_to_send(false) {
        tracing::debug!(%error, "the port has no RTS line");
    }
    Ok(com)
}

/// That there is no such port and that somebody else has it are one error to the library: Windows is
/// asked once more.
fn explain(port: &str, error: &serialport::Error) -> OpenError {
    const ERROR_SHARING_VIOLATION: i32 = 32;
    let reason = error.to_string();
    let name = port.to_owned();
    if error.kind() != serialport::ErrorKind::NoDevice {
        return OpenError::Other { port: name, reason };
    }
    let path = if port.starts_with('\\') { port.to_owned() } else { format!(r"\\.\{port}") };
    let again = OpenOptions::new().read(true).write(true).share_mode(0).open(path);
    match again.map_err(|error| (error.kind(), error.raw_os_error())) {
        Err((io::ErrorKind::NotFound, _)) => OpenError::NotFound { port: name },
        Err((io::ErrorKind::PermissionDenied, _) | (_, Some(ERROR_SHARING_VIOLATION))) => {
            OpenError::Busy { port: name, holder: "another program".to_owned() }
        }
        _ => OpenError::Other { port: name, reason },
    }
}

#[cfg(test)]
mod tests {
    use crate::port::{OpenError, open};

    #[test]
    fn a_port_that_does_not_exist_is_not_called_busy() {
        let error = open("COM250").unwrap_err();
        assert!(matches!(error, OpenError::NotFound { .. }), "{error}");
    }
}
