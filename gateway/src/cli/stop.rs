use core::sync::atomic::AtomicBool;
use std::io;
use std::sync::Arc;

use signal_hook::consts::{SIGINT, SIGTERM};

use super::failure::{EX_OSERR, Failure};

/// A flag that SIGINT and SIGTERM set from now on.
pub(super) fn stopped_by_signal() -> Result<Arc<AtomicBool>, Failure> {
    let stopped = Arc::new(AtomicBool::new(false));
    let register = |signal| signal_hook::flag::register(signal, Arc::clone(&stopped));
    let registered: io::Result<Vec<_>> = [SIGINT, SIGTERM].into_iter().map(register).collect();
    let explain = |error| Failure::new(EX_OSERR, format!("signals cannot be handled: {error}"));
    registered.map_err(explain)?;
    Ok(stopped)
}
