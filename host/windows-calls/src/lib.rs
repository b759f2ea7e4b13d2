//! The few calls of Windows that no safe library offers as clouddata needs them. Elsewhere there is
//! nothing in here.
#![cfg(windows)]

mod clock;
mod console;

pub use clock::since_boot;
pub use console::{ConsoleEvent, on_console_event};
