use std::env;
use std::ffi::OsString;

/// A variable of the environment. One that is empty is as not set: that is how a unit file, a
/// compose file or a shell takes a setting back.
#[must_use]
pub fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
