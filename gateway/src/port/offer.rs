use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io;
use std::net::TcpListener;
use std::thread;

use super::{Link, system};

/// Between two looks for a client.
const TICK: Duration = Duration::from_millis(20);

/// A port that a client can open, as if a manager was on it.
#[derive(Debug)]
pub(crate) enum Offer {
    /// One whose other end is open already.
    #[allow(dead_code, reason = "not every system has such")]
    Open { name: String, link: Link },
    /// One that the first client connects to; there is none for a second.
    Socket { name: String, listener: TcpListener },
}

impl Offer {
    /// The one that is usual on this system.
    pub(crate) fn usual() -> io::Result<Self> {
        system::offer()
    }

    /// One at this address.
    pub(crate) fn listen(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        if !address.ip().to_canonical().is_loopback() {
            tracing::warn!(%address, "whoever reaches this address can take the port");
        }
        listener.set_nonblocking(true)?;
        let name = format!("tcp:{}", listener.local_addr()?);
        Ok(Self::Socket { name, listener })
    }

    /// What a client has to open.
    pub(crate) fn name(&self) -> &str {
        let (Self::Open { name, .. } | Self::Socket { name, .. }) = self;
        name
    }

    /// The end on which the client will be, or is; `None` if stopped before one has come.
    pub(crate) fn accept(self, stopped: &AtomicBool) -> io::Result<Option<Link>> {
        let listener = match self {
            Self::Open { link, .. } => return Ok(Some(link)),
            Self::Socket { listener, .. } => listener,
        };
        while !stopped.load(Ordering::Relaxed) {
            match listener.accept() {
                Ok((stream, _)) => return Link::tcp(stream).map(Some),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(TICK),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}
