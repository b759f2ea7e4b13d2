mod cable;
mod pty;

use cable::Cable;

use crate::port::Port;
use crate::{Config, StartError};

/// A pty, with the link and the pulled cable that are asked for.
pub(in crate::port) fn usual(config: &Config) -> Result<Box<dyn Port>, StartError> {
    Ok(Box::new(Cable::plug(config.link.clone(), config.replug_every)?))
}
