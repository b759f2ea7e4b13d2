//! What a process is told from outside.

use core::fmt;
use core::sync::atomic::AtomicBool;
use std::io;
use std::sync::Arc;

use crate::system::{self, Listening};
use crate::{Failure, exit};

/// What a program is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// To stop: SIGINT or SIGTERM; on Windows Ctrl-C, or that its console is closed, the machine
    /// shut down, or the service stopped.
    Stop,
    /// To read the settings again: SIGHUP; on Windows that the service is told of changed
    /// parameters.
    Reload,
}

/// Calls a function when a signal comes, in another thread, for as long as it lives.
pub struct OnSignal(#[expect(dead_code, reason = "it listens until it is dropped")] Listening);

impl OnSignal {
    /// When the program is asked to stop or to read its settings again, from now on.
    ///
    /// # Errors
    /// If the system does not allow it.
    pub fn new(call: impl FnMut(Signal) + Send + 'static) -> Result<Self, Failure> {
        Listening::to(&[Signal::Stop, Signal::Reload], call).map(Self).map_err(unhandled)
    }

    /// When the program is asked to stop, from now on.
    ///
    /// # Errors
    /// If the system does not allow it.
    pub fn to_stop(mut stop: impl FnMut() + Send + 'static) -> Result<Self, Failure> {
        Listening::to(&[Signal::Stop], move |_| stop()).map(Self).map_err(unhandled)
    }
}

impl fmt::Debug for OnSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnSignal").finish_non_exhaustive()
    }
}

/// A flag that is set when the program is asked to stop, from now on.
///
/// # Errors
/// If the system does not allow it.
pub fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let stopped = Arc::new(AtomicBool::new(false));
    system::set_on_stop(&stopped).map_err(unhandled)?;
    Ok(stopped)
}

fn unhandled(error: io::Error) -> Failure {
    Failure::new(exit::OS, format_args!("signals cannot be handled: {error}"))
}
