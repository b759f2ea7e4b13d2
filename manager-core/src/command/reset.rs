use crate::MacAddress;
use crate::field::{message, numbers};

message! {
    /// `reset` (0x15): reboots the manager or a mote.
    ///
    /// ```text
    /// | type (1) | macAddress (8) |
    /// ```
    pub struct Reset {
        /// What to reboot.
        pub target: ResetTarget,
        /// Which mote, if it is one.
        pub mac_address: MacAddress,
    }
}

numbers! {
    /// What to reboot.
    pub enum ResetTarget {
        /// 0
        Manager = 0,
        /// 2
        Mote = 2,
    }
}

message! {
    /// The response to `reset` (0x15): what will reboot.
    ///
    /// ```text
    /// | macAddress (8) |
    /// ```
    pub struct ResetResponse {
        /// As asked.
        pub mac_address: MacAddress,
    }
}
