//! Commands about one mote that say nothing but which.

use crate::MacAddress;
use crate::field::message;

message! {
    /// `pingMote` (0x2A): asks a mote whether it is there. The answer is the event
    /// [`PingResponse`](crate::notification::EventKind::PingResponse).
    ///
    /// ```text
    /// | macAddress (8) |
    /// ```
    pub struct PingMote {
        /// The mote.
        pub mac_address: MacAddress,
    }
}

message! {
    /// `getLog` (0x2B): asks for a mote's log, which comes as
    /// [`Notification::Log`](crate::Notification::Log).
    ///
    /// ```text
    /// | macAddress (8) |
    /// ```
    pub struct GetLog {
        /// The mote.
        pub mac_address: MacAddress,
    }
}

message! {
    /// `deleteMote` (0x45): forgets a mote, which must be lost.
    ///
    /// ```text
    /// | macAddress (8) |
    /// ```
    pub struct DeleteMote {
        /// The mote.
        pub mac_address: MacAddress,
    }
}
