use std::io;

use serialport::{SerialPort, TTYPort};

use crate::port::{Link, Offer};

/// A port that a client can open, on which nobody is yet.
pub(in crate::port) fn offer() -> io::Result<Offer> {
    let (port, client_end) = TTYPort::pair()?;
    let name = client_end.name().unwrap_or_default();
    Ok(Offer::Open { name, link: Link::serial(port) })
}

/// Whether nobody has the other end of a pty open.
pub(in crate::port) fn is_hung_up(error: &io::Error) -> bool {
    const EIO: i32 = 5;
    error.raw_os_error() == Some(EIO)
}
