use crate::UtcTime;
use crate::field::message;

message! {
    /// The response to `getTime` (0x17): the manager's clocks at the moment it answers.
    ///
    /// ```text
    /// | uptime (4) | utcSecs (8) | utcUsecs (4) | asn (5) | asnOffset (2) |
    /// ```
    pub struct TimeInfo {
        /// Seconds since the manager booted.
        pub uptime: u32,
        /// What the manager calls UTC.
        pub utc: UtcTime,
        /// Absolute slot number: time slots since the network was formed.
        pub asn: [u8; 5],
        /// Microseconds since that slot began.
        pub asn_offset: u16,
    }
}

message! {
    /// `setTime` (0x36): what the manager shall call UTC. The vendor advises against it.
    ///
    /// ```text
    /// | trigger (1) | utcSecs (8) | utcUsecs (4) |
    /// ```
    pub struct SetTime {
        /// What the clock is set by, in the vendor's numbers.
        pub trigger: u8,
        /// The moment.
        pub utc: UtcTime,
    }
}
