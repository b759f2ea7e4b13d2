use crate::field::message_with_rest;
use crate::{MacAddress, UtcTime};

message_with_rest! {
    /// `notifData`: a UDP payload from a mote.
    ///
    /// ```text
    /// | utcSecs (8) | utcUsecs (4) | macAddress (8) | srcPort (2) | dstPort (2) | data |
    /// ```
    pub struct Data<'a> {
        /// When the mote sent it, on the manager's clock.
        pub utc: UtcTime,
        /// The mote.
        pub mac_address: MacAddress,
        /// UDP source port.
        pub src_port: u16,
        /// UDP destination port: it tells what the payload is.
        pub dst_port: u16,
        rest:
        /// The UDP payload.
        pub data,
    }
}
