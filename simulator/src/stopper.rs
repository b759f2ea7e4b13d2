use core::sync::atomic::{AtomicBool, Ordering};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{EventfdFlags, eventfd};

/// Stops a [`Running`](crate::Running) simulator from any thread.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    stopped: AtomicBool,
    bell: OwnedFd,
}

impl Stopper {
    pub(crate) fn new() -> io::Result<Self> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self(Arc::new(Shared { stopped: AtomicBool::new(false), bell })))
    }

    /// Stops it. The report is for who waits for it.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Release);
        // Fails only when the counter would overflow: the bell rings already.
        let _ = rustix::io::write(&self.0.bell, &1_u64.to_ne_bytes());
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::Acquire)
    }

    /// Ready when stopped.
    pub(crate) fn bell(&self) -> BorrowedFd<'_> {
        self.0.bell.as_fd()
    }
}
