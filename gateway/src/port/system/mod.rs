//! What the system knows of ports, chosen once: serial ports and their names, who has one open, and
//! how a port is made that a client can open.

mod unix;

pub(super) use unix::{
    Serial, access, by_id, full_name, is_hung_up, is_timeout, offer, open_serial,
};
