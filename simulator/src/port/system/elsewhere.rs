use core::net::{Ipv4Addr, SocketAddr};

use crate::port::{Port, Socket};
use crate::{Config, StartError};

/// There are no ptys that say when a client comes: a socket that this machine alone reaches.
pub(in crate::port) fn usual(config: &Config) -> Result<Box<dyn Port>, StartError> {
    if config.link.is_some() || config.replug_every.is_some() {
        return Err(StartError::LinkToSocket);
    }
    Ok(Box::new(Socket::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?))
}
