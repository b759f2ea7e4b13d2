use crate::MacAddress;
use crate::field::message_with_rest;

message_with_rest! {
    /// `sendData` (0x2C): a UDP payload for a mote, such as an OAP request.
    ///
    /// ```text
    /// | macAddress (8) | priority (1) | srcPort (2) | dstPort (2) | options (1) | data |
    /// ```
    ///
    /// [`PacketSent`](crate::notification::EventKind::PacketSent) says when it is on the air.
    pub struct SendData<'a> {
        /// The mote, or [`MacAddress::BROADCAST`].
        pub mac_address: MacAddress,
        /// 0 low, 1 medium, 2 high.
        pub priority: u8,
        /// UDP source port.
        pub src_port: u16,
        /// UDP destination port.
        pub dst_port: u16,
        /// 0.
        pub options: u8,
        rest:
        /// The UDP payload.
        pub data,
    }
}

message_with_rest! {
    /// `sendIP` (0x3B): a 6LoWPAN packet for a mote.
    ///
    /// ```text
    /// | macAddress (8) | priority (1) | options (1) | encryptedOffset (1) | data |
    /// ```
    ///
    /// [`PacketSent`](crate::notification::EventKind::PacketSent) says when it is on the air.
    pub struct SendIp<'a> {
        /// The mote, or [`MacAddress::BROADCAST`].
        pub mac_address: MacAddress,
        /// 0 low, 1 medium, 2 high.
        pub priority: u8,
        /// 0.
        pub options: u8,
        /// Where in the packet the part to encrypt begins.
        pub encrypted_offset: u8,
        rest:
        /// The packet.
        pub data,
    }
}
