//! The port that is usual on this system, chosen once.

#[cfg_attr(target_os = "linux", path = "linux/mod.rs")]
#[cfg_attr(not(target_os = "linux"), path = "elsewhere.rs")]
mod chosen;

pub(super) use chosen::usual;
