use super::Secret;
use crate::MacAddress;
use crate::field::message;

message! {
    /// `exchangeMoteJoinKey` (0x21): gives a mote another join key, over the air.
    ///
    /// ```text
    /// | macAddress (8) | key (16) |
    /// ```
    pub struct ExchangeMoteJoinKey {
        /// The mote.
        pub mac_address: MacAddress,
        /// Its next key.
        pub key: Secret,
    }
}

message! {
    /// `setCommonJoinKey` (0x42): the key of every mote while the access control list is empty.
    ///
    /// ```text
    /// | key (16) |
    /// ```
    pub struct SetCommonJoinKey {
        /// The key.
        pub key: Secret,
    }
}
