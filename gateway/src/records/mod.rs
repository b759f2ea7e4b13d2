//! What the manager says, as records of the contract: one noun a file. What an octet means is
//! known by the cores, what is kept of it by the contract; here the one becomes the other.

mod event;
mod health;
mod link;
mod network;
mod octets;
mod samples;

pub use event::event_of;
pub use health::{Health, health_of};
pub(crate) use link::{link_of, way};
pub(crate) use network::{mote_config, mote_info, network_info};
pub(crate) use octets::{ip_data, log_event, log_line, user_data};
pub use samples::{Sampled, samples_of};

use readings::{Link, Record};

/// A record of which the time is still on the manager's clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Undated {
    /// The record; its own time is not looked at.
    pub record: Record,
    /// Microseconds on the manager's clock.
    pub manager_micros: i64,
}

/// A link of which the neighbour is known by the manager's short number only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unnamed {
    /// The link; its neighbour is not looked at.
    pub link: Link,
    /// The neighbour's number.
    pub mote_id: u16,
}
