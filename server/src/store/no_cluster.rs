use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Handle;

use super::{ClusterConfig, Keeping, Store};

/// Stands for the store that many servers share where it was not built.
///
/// # Errors
/// Always.
pub(crate) fn open(
    _: &ClusterConfig,
    _: Keeping,
    _: &Path,
    _: &Handle,
) -> io::Result<Arc<dyn Store>> {
    Err(io::Error::other("it was built without the feature \"cluster\""))
}
