use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use crate::port::Ring;

/// Stops a [`Running`](crate::Running) simulator from any thread.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<Shared>);

struct Shared {
    stopped: AtomicBool,
    ring: Ring,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("stopped", &self.stopped).finish_non_exhaustive()
    }
}

impl Stopper {
    /// Of whoever is woken by this.
    pub(crate) fn new(ring: Ring) -> Self {
        Self(Arc::new(Shared { stopped: AtomicBool::new(false), ring }))
    }

    /// Stops it. The report is for who waits for it.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Release);
        (self.0.ring)();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::Acquire)
    }
}
