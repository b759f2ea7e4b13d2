//! Windows.

mod file;
mod folder;
mod lock;
mod log_file;
mod refusal;
mod service;
mod service_process;
mod signals;
mod supervisor;

pub(crate) use file::{facts_at, facts_of};
pub(crate) use folder::{
    STATE_VARIABLES, configuration_folder, keep_private, make_folder, state_folder,
    state_folder_for_people, template,
};
pub(crate) use lock::lock;
pub(crate) use log_file::log_writer;
pub(crate) use refusal::is_write_refused;
pub use service::ServiceCommand;
pub(crate) use signals::{Listening, set_on_stop};
pub(crate) use std::os::windows::io::AsSocket;
pub(crate) use supervisor::{alive, ready, starting, stopping, watchdog};
pub(crate) use windows_calls::since_boot;

use core::time::Duration;
use std::io;

/// It gives a connection up if nobody answers any more, but not if somebody never has room.
pub(crate) fn set_send_timeout(_: &impl AsSocket, _: Duration) -> io::Result<bool> {
    Ok(false)
}
