use std::io;
use std::sync::OnceLock;
use std::thread;

use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT,
    SetConsoleCtrlHandler,
};
use windows_sys::core::BOOL;

/// What happens at a process' console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleEvent {
    /// Ctrl-C or Ctrl-Break.
    Interrupted,
    /// Its window is closed. Some seconds later the process is ended.
    Closed,
    /// Some user logs off, not necessarily this process': only services are told.
    LoggedOff,
    /// The machine is shut down. Some seconds later the process is ended.
    ShutDown,
}

static HANDLER: OnceLock<fn(ConsoleEvent) -> bool> = OnceLock::new();

/// Has a function called, in a thread of its own, for each event of the process' console. It says
/// whether the event is dealt with; if not, the process is ended.
///
/// # Errors
/// If there is such a function already, or the system refuses.
pub fn on_console_event(handle: fn(ConsoleEvent) -> bool) -> io::Result<()> {
    HANDLER.set(handle).map_err(|_| io::Error::from(io::ErrorKind::AlreadyExists))?;
    // SAFETY: the function lives as long as the process, and may be called in any thread.
    match unsafe { SetConsoleCtrlHandler(Some(handle_event), 1) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

extern "system" fn handle_event(event: u32) -> BOOL {
    let (event, is_last) = match event {
        CTRL_C_EVENT | CTRL_BREAK_EVENT => (ConsoleEvent::Interrupted, false),
        CTRL_CLOSE_EVENT => (ConsoleEvent::Closed, true),
        CTRL_LOGOFF_EVENT => (ConsoleEvent::LoggedOff, false),
        CTRL_SHUTDOWN_EVENT => (ConsoleEvent::ShutDown, true),
        _ => return 0,
    };
    let is_handled = HANDLER.get().is_some_and(|handle| handle(event));
    if is_handled && is_last {
        // As soon as this returns, the process is ended: it shall come to its end by itself.
        loop {
            thread::park();
        }
    }
    BOOL::from(is_handled)
}
