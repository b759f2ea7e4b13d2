//! Commands to the whole network, which are done when the event
//! [`CommandFinished`](crate::notification::EventKind::CommandFinished) says so; one at a time.

use crate::field::message;

message! {
    /// `exchangeNetworkId` (0x22): gives the network and all its motes another number.
    ///
    /// ```text
    /// | id (2) |
    /// ```
    pub struct ExchangeNetworkId {
        /// The next number.
        pub id: u16,
    }
}

message! {
    /// `setAdvertising` (0x32): whether the network advertises itself to joining motes.
    ///
    /// ```text
    /// | activate (1) |
    /// ```
    pub struct SetAdvertising {
        /// As [`NetworkInfo::advertisement_state`](crate::NetworkInfo::advertisement_state).
        pub activate: u8,
    }
}

message! {
    /// `setDownstreamFrameMode` (0x33): whether packets to the motes are fast.
    ///
    /// ```text
    /// | frameMode (1) |
    /// ```
    pub struct SetDownstreamFrameMode {
        /// As [`NetworkInfo::down_frame_state`](crate::NetworkInfo::down_frame_state).
        pub frame_mode: u8,
    }
}
