mod access;
mod names;
mod pty;
mod serial;

pub(in crate::port) use access::access;
pub(in crate::port) use names::{by_id, full_name};
pub(in crate::port) use pty::{is_hung_up, offer};
pub(in crate::port) use serial::{Serial, open_serial};

use std::io;

use serialport::SerialPortInfo;

/// What a port's name is like.
pub const EXAMPLE: &str = "/dev/ttyUSB3 or a link in /dev/serial/by-id";

/// What to do where there is no port.
pub const CONNECT: &str = "connect the manager's USB cable";

/// Which of a board's ports is the manager's serial API.
pub(in crate::port) const FOURTH: &str = "the fourth of the manager's four, often /dev/ttyUSB3";

/// A port as it is listed: nothing of it is hidden.
pub(in crate::port) const fn described(port: SerialPortInfo) -> SerialPortInfo {
    port
}

/// Whether a read from a serial port has failed only because there was nothing to read.
pub(in crate::port) fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
    )
}

/// Whether a read has ended because its time was over. `TimedOut` is another thing here: a peer that
/// does not answer any more.
pub(in crate::port) fn is_timeout(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}
