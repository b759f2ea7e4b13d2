use crate::field::message;

message! {
    /// The manager's own address: the response to `getIPConfig` (0x43), and `setIPConfig` (0x44).
    ///
    /// ```text
    /// | ipv6Address (16) | mask (16) |
    /// ```
    pub struct IpConfig {
        /// The address.
        pub ipv6_address: [u8; 16],
        /// Its mask.
        pub mask: [u8; 16],
    }
}
