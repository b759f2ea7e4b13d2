//! Stands for the store that many servers share where it was not built.

use std::io;
use std::path::Path;

use tokio::runtime::Handle;

use super::{ClusterConfig, Keeping, Opened};
use crate::sites::{Registry, RegistryError};

const REASON: &str = "it was built without the feature \"cluster\"";

/// # Errors
/// Always.
pub(crate) fn open(_: &ClusterConfig, _: Keeping, _: &Path, _: &Handle) -> io::Result<Opened> {
    Err(io::Error::other(REASON))
}

/// The registry of such servers.
///
/// # Errors
/// Always.
pub fn connect_registry(_: &ClusterConfig) -> Result<Box<dyn Registry>, RegistryError> {
    Err(RegistryError::Unavailable(REASON.to_owned()))
}
