//! The port that clients open: a pty where the system has such, or a socket.

mod socket;
mod system;

use core::fmt::Debug;
use core::time::Duration;
use std::io;

use socket::Socket;

use crate::{Config, StartError};

/// Wakes whoever waits at a port, from any thread.
pub(crate) type Ring = Box<dyn Fn() + Send + Sync>;

/// One end of a line, with at most one client at the other.
pub(crate) trait Port: Debug + Send {
    /// What clients open.
    fn name(&self) -> String;

    /// A way to wake [`wait`](Self::wait).
    fn ring(&self) -> Ring;

    /// Waits until something is ready, or the bell is rung, but no longer than this; with something
    /// to write, also for room.
    fn wait(&mut self, timeout: Option<Duration>, has_more: bool) -> io::Result<Ready>;

    /// Clears up behind clients that have gone and before those that have come. Returns whether
    /// any has come: what was written to the line until now is not for it.
    fn tidy(&mut self) -> io::Result<bool>;

    /// What the client has written; 0 if nothing.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes as much as there is room for.
    fn write(&mut self, octets: &[u8]) -> io::Result<usize>;

    /// When [`handle_timeout`](Self::handle_timeout) is due.
    fn poll_timeout(&self) -> Option<Duration> {
        None
    }

    /// Pulls the cable or plugs it in, if that is due. Returns whether it was pulled.
    fn handle_timeout(&mut self, _now: Duration) -> io::Result<bool> {
        Ok(false)
    }
}

/// What there is to do at a port.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ready {
    /// [`read`](Port::read) gives something.
    pub(crate) line: bool,
    /// Clients have come or gone: [`tidy`](Port::tidy).
    pub(crate) visits: bool,
}

/// Makes the port that is asked for.
pub(crate) fn open(config: &Config) -> Result<Box<dyn Port>, StartError> {
    match config.listen {
        Some(address) if config.link.is_none() && config.replug_every.is_none() => {
            Ok(Box::new(Socket::listen(address)?))
        }
        Some(_) => Err(StartError::LinkToSocket),
        None => system::usual(config),
    }
}
