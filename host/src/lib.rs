//! What clouddata's programs ask of the system that they run on: a folder for their state, and to
//! have it for themselves; a way out for results; settings from the environment; an exit code that
//! says how it went. Each is asked for in one way, here, so that all programs agree.
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

pub mod exit;
mod failure;
mod file_identity;
mod folder_lock;
mod output;
mod state_folder;
mod variable;

pub use failure::Failure;
pub use file_identity::FileIdentity;
pub use folder_lock::{FolderLock, LockError};
pub use output::{Output, print};
pub use state_folder::{NoStateFolder, make_folder, state_folder};
pub use variable::variable;
