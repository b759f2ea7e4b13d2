//! Linux and its kin.

mod clock;
mod file;
mod folder;
#[cfg(test)]
mod full_disk;
mod lock;
mod refusal;
mod send_timeout;
mod service;
mod signals;
mod supervisor;

pub(crate) use clock::since_boot;
pub(crate) use file::{facts_at, facts_of};
pub(crate) use folder::{
    STATE_VARIABLES, configuration_folder, keep_private, make_folder, state_folder,
    state_folder_for_people, template,
};
pub(crate) use lock::lock;
pub(crate) use refusal::is_write_refused;
pub(crate) use send_timeout::set_send_timeout;
pub use service::ServiceCommand;
pub(crate) use signals::{Listening, set_on_stop};
pub(crate) use std::io::stderr as log_writer;
pub(crate) use std::os::fd::AsFd as AsSocket;
pub(crate) use supervisor::{alive, ready, starting, stopping, watchdog};
