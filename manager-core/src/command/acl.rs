use super::Secret;
use crate::MacAddress;
use crate::field::message;

message! {
    /// An entry of the access control list: `setACLEntry` (0x27), and the response to
    /// `getNextACLEntry` (0x28). While the list is not empty, only its motes can join.
    ///
    /// ```text
    /// | macAddress (8) | joinKey (16) |
    /// ```
    pub struct AclEntry {
        /// The mote.
        pub mac_address: MacAddress,
        /// Its join key; a manager never gives it back but answers zeros.
        pub join_key: Secret,
    }
}

message! {
    /// `getNextACLEntry` (0x28): the entry behind this one. The walk begins with the default
    /// address and ends with [`EndOfList`](crate::ResponseCode::EndOfList).
    ///
    /// ```text
    /// | macAddress (8) |
    /// ```
    pub struct GetNextAclEntry {
        /// The entry before.
        pub mac_address: MacAddress,
    }
}

message! {
    /// `deleteACLEntry` (0x29).
    ///
    /// ```text
    /// | macAddress (8) |
    /// ```
    pub struct DeleteAclEntry {
        /// The mote; eight octets of 0x00 or of 0xFF clear the whole list.
        pub mac_address: MacAddress,
    }
}
