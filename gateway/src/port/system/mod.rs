//! What the system knows of ports, chosen once: serial ports and their names, who has one open, and
//! how a port is made that a client can open.

#[cfg_attr(unix, path = "unix/mod.rs")]
#[cfg_attr(windows, path = "windows/mod.rs")]
mod chosen;

pub use chosen::{CONNECT, EXAMPLE};
pub(super) use chosen::{
    FOURTH, Serial, access, by_id, described, full_name, is_hung_up, is_passing, is_timeout, offer,
    open_serial,
};
