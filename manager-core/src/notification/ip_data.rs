use crate::field::message_with_rest;
use crate::{MacAddress, UtcTime};

message_with_rest! {
    /// `notifIpData`: an IP packet from a mote that is not plain UDP.
    ///
    /// ```text
    /// | utcSecs (8) | utcUsecs (4) | macAddress (8) | packet |
    /// ```
    pub struct IpData<'a> {
        /// When the mote sent it, on the manager's clock.
        pub utc: UtcTime,
        /// The mote.
        pub mac_address: MacAddress,
        rest:
        /// The 6LoWPAN packet.
        pub packet,
    }
}
