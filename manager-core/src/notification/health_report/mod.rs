//! A mote's own account of its battery, its queue and its neighbours.

mod block;
mod channels;
mod device;
mod discovered_neighbors;
mod items;
mod neighbors;

pub use block::{Block, Blocks};
pub use channels::{ChannelReport, Channels};
pub use device::{BadLink, DeviceReport, QueueOccupancy};
pub use discovered_neighbors::{DiscoveredNeighbor, DiscoveredNeighbors};
pub use neighbors::{Neighbor, Neighbors};

use crate::MacAddress;
use crate::field::message_with_rest;

message_with_rest! {
    /// `notifHealthReport`: a mote's statistics about its battery, queue and neighbours.
    ///
    /// ```text
    /// | macAddress (8) | payload |
    /// ```
    pub struct HealthReport<'a> {
        /// The mote.
        pub mac_address: MacAddress,
        rest:
        /// The report; [`blocks`](Self::blocks) are what it consists of.
        pub payload,
    }
}

impl<'a> HealthReport<'a> {
    /// What the report consists of.
    #[must_use]
    pub const fn blocks(&self) -> Blocks<'a> {
        Blocks::new(self.payload)
    }
}
