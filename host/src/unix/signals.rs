use core::sync::atomic::AtomicBool;
use std::io;
use std::sync::Arc;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use crate::Signal;

/// The thread that calls when a signal comes; it ends with this.
pub(crate) struct Listening(Handle);

impl Listening {
    /// Signals that nobody listens to do what they do to any program.
    pub(crate) fn to(
        wanted: &[Signal],
        mut call: impl FnMut(Signal) + Send + 'static,
    ) -> io::Result<Self> {
        let signals = wanted.iter().flat_map(|signal| match signal {
            Signal::Stop => [SIGINT, SIGTERM].as_slice(),
            Signal::Reload => &[SIGHUP],
        });
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

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.close();
    }
}

pub(crate) fn set_on_stop(flag: &Arc<AtomicBool>) -> io::Result<()> {
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(flag))?;
    }
    Ok(())
}
