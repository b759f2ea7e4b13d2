mod names;
mod serial;
mod usb;

pub(in crate::port) use names::{access, by_id, full_name};
pub(in crate::port) use serial::{Serial, open_serial};
pub(in crate::port) use usb::described;

use core::net::{Ipv4Addr, SocketAddr};
use std::io;

use crate::port::Offer;

/// What a port's name is like.
pub const EXAMPLE: &str = "COM6";

/// What to do where there is no port.
pub const CONNECT: &str = "connect the manager's USB cable; if it is connected, \
    its driver is missing: FTDI's, which Windows Update has";

/// Which of a board's ports is the manager's serial API.
pub(in crate::port) const FOURTH: &str = "the last of the manager's four COM ports";

/// There are no ptys: a client connects to it.
pub(in crate::port) fn offer() -> io::Result<Offer> {
    Offer::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
}

/// What hangs up here is a socket.
pub(in crate::port) fn is_hung_up(_: &io::Error) -> bool {
    false
}

/// Whether a read from a socket has ended because its time was over.
pub(in crate::port) fn is_timeout(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
}

/// Whether a read from a serial port has failed only because there was nothing to read. A device that
/// is pulled out can end it by an error that has the same kind, and the system's number.
pub(in crate::port) fn is_passing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none()
}
