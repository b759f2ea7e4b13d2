use core::sync::atomic::{AtomicBool, Ordering};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use windows_calls::{ConsoleEvent, on_console_event};

use crate::Signal;

/// Who listens. A process has one console, and one place where its events are handled.
static LISTENERS: Mutex<Vec<Listener>> = Mutex::new(Vec::new());

struct Listener {
    number: u64,
    wanted: Vec<Signal>,
    call: Box<dyn FnMut(Signal) + Send>,
}

/// A function that is called when a signal comes, for as long as this lives.
pub(crate) struct Listening(u64);

impl Listening {
    pub(crate) fn to(
        wanted: &[Signal],
        call: impl FnMut(Signal) + Send + 'static,
    ) -> io::Result<Self> {
        handle_console_events()?;
        let mut listeners = listeners();
        let number = listeners.last().map_or(0, |last| last.number + 1);
        listeners.push(Listener { number, wanted: wanted.to_vec(), call: Box::new(call) });
        Ok(Self(number))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        listeners().retain(|listener| listener.number != self.0);
    }
}

pub(crate) fn set_on_stop(flag: &Arc<AtomicBool>) -> io::Result<()> {
    let flag = Arc::clone(flag);
    let listening = Listening::to(&[Signal::Stop], move |_| flag.store(true, Ordering::SeqCst))?;
    // For as long as the process lives.
    core::mem::forget(listening);
    Ok(())
}

/// Tells those who listen, one after the other. Returns whether there are any.
pub(super) fn tell(signal: Signal) -> bool {
    let mut listeners = listeners();
    let told = listeners.iter_mut().filter(|listener| listener.wanted.contains(&signal));
    told.map(|listener| (listener.call)(signal)).count() > 0
}

fn handle_console_events() -> io::Result<()> {
    static DONE: OnceLock<Result<(), io::ErrorKind>> = OnceLock::new();
    DONE.get_or_init(|| on_console_event(handle).map_err(|error| error.kind()))
        .map_err(io::Error::from)
}

fn handle(event: ConsoleEvent) -> bool {
    match event {
        ConsoleEvent::LoggedOff => true,
        ConsoleEvent::Interrupted | ConsoleEvent::Closed | ConsoleEvent::ShutDown => {
            tell(Signal::Stop)
        }
    }
}

fn listeners() -> MutexGuard<'static, Vec<Listener>> {
    LISTENERS.lock().unwrap_or_else(PoisonError::into_inner)
}
