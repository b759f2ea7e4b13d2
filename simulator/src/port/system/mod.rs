//! The port that is usual on this system, chosen once.

#[cfg_attr(unix, path = "unix/mod.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod chosen;

pub(super) use chosen::usual;
