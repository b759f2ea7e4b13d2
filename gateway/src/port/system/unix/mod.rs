mod access;
mod names;
mod pty;
mod serial;

pub(in crate::port) use access::access;
pub(in crate::port) use names::{by_id, full_name};
pub(in crate::port) use pty::{is_hung_up, offer};
pub(in crate::port) use serial::{Serial, open_serial};

use std::io;

/// Whether a read has ended because its time was over. `TimedOut` is another thing here: a peer that
/// does not answer any more.
pub(in crate::port) fn is_timeout(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}
