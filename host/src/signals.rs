//! What a process is told from outside.

use core::fmt;
use core::sync::atomic::AtomicBool;
use std::io;
use std::sync::Arc;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use crate::{Failure, exit};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT or SIGTERM: to stop.
    Stop,
    /// SIGHUP: to read the settings again.
    Reload,
}

/// Calls a function when a signal comes, in a thread of its own, for as long as it lives.
pub struct OnSignal(Handle);

impl OnSignal {
    /// When the program is asked to stop or to read its settings again, from now on.
    ///
    /// # Errors
    /// If the system does not allow it.
    pub fn new(call: impl FnMut(Signal) + Send + 'static) -> Result<Self, Failure> {
        Self::on(&[SIGINT, SIGTERM, SIGHUP], call).map_err(unhandled)
    }

    /// When the program is asked to stop, from now on.
    ///
    /// # Errors
    /// If the system does not allow it.
    pub fn to_stop(mut stop: impl FnMut() + Send + 'static) -> Result<Self, Failure> {
        Self::on(&[SIGINT, SIGTERM], move |_| stop()).map_err(unhandled)
    }

    fn on(signals: &[i32], mut call: impl FnMut(Signal) + Send + 'static) -> io::Result<Self> {
        let mut signals = Signals::new(signals)?;
        let handle = signals.handle();
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                call(if signal == SIGHUP { Signal::Reload } else { Signal::Stop });
            }
        })?;
        Ok(Self(handle))
    }
}

impl fmt::Debug for OnSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnSignal").finish_non_exhaustive()
    }
}

impl Drop for OnSignal {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A flag that is set when the program is asked to stop, from now on.
///
/// # Errors
/// If the system does not allow it.
pub fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stopped)).map_err(unhandled)?;
    }
    Ok(stopped)
}

fn unhandled(error: io::Error) -> Failure {
    Failure::new(exit::OS, format_args!("signals cannot be handled: {error}"))
}
