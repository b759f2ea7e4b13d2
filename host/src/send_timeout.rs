use core::time::Duration;
use std::io;

use crate::system::{self, AsSocket};

/// Has the system give up a TCP connection when what was sent on it has gone unacknowledged, or its
/// peer has had no room, for so long. Returns whether it does: not every system can be told.
///
/// # Errors
/// If the connection is gone already.
pub fn set_send_timeout(socket: &impl AsSocket, timeout: Duration) -> io::Result<bool> {
    system::set_send_timeout(socket, timeout)
}
