//! What clouddata's programs ask of the system that they run on: a folder for their state, and to
//! have it for themselves; a command line, and settings in the environment; signals, and a supervisor;
//! a way out for results and logs; an exit code that says how it went. Each is asked for in one way, here, so that
//! all programs agree.
//!
//! ```
//! use host::{FolderLock, LockError};
//!
//! let folder = std::env::temp_dir().join(format!("clouddata-example-{}", std::process::id()));
//! host::make_folder(&folder)?;
//! let lock = FolderLock::take(&folder, "gateway")?;
//! assert!(matches!(FolderLock::take(&folder, "gateway"), Err(LockError::InUse { .. })));
//! drop(lock);
//! FolderLock::take(&folder, "gateway")?;
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clock;
mod command_line;
mod duration;
pub mod exit;
mod failure;
mod file_identity;
mod folder_lock;
mod folders;
mod listen_address;
mod logging;
mod manual;
mod output;
mod send_timeout;
mod service;
mod setting_lines;
mod signals;
pub mod supervisor;
// Which system it is, is asked here and nowhere above.
#[cfg_attr(unix, path = "unix/mod.rs")]
#[cfg_attr(windows, path = "windows/mod.rs")]
mod system;
mod variable;
mod watched_file;

pub use clock::since_boot;
pub use command_line::parse;
pub use duration::some_time;
pub use failure::{Failure, end};
pub use file_identity::FileIdentity;
pub use folder_lock::{FolderLock, LockError};
pub use folders::{
    NoStateFolder, configuration_file, credential, is_write_refused, keep_private, make_folder,
    state_folder, state_folder_for_people, template,
};
pub use listen_address::ListenAddress;
pub use logging::{LogFormat, init_logging};
pub use manual::Manual;
pub use output::{Output, print, remark};
pub use send_timeout::set_send_timeout;
pub use service::Service;
pub use setting_lines::SettingLines;
pub use signals::{OnSignal, Signal, stop_flag};
pub use system::ServiceCommand;
pub use variable::variable;
pub use watched_file::{Seen, WatchedFile};
