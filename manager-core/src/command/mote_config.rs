use crate::MacAddress;
use crate::field::{message, numbers};

message! {
    /// `getMoteConfig` (0x2F): what a mote is. To walk through all, begin with the default address
    /// and go on with each that comes, until [`EndOfList`](crate::ResponseCode::EndOfList);
    /// [`NotFound`](crate::ResponseCode::NotFound) means that the list has changed meanwhile.
    ///
    /// ```text
    /// | macAddress (8) | next (1) |
    /// ```
    pub struct GetMoteConfig {
        /// The mote.
        pub mac_address: MacAddress,
        /// Not this one, but the one behind it in the manager's memory.
        pub next: bool,
    }
}

message! {
    /// `getMoteConfigById` (0x41): what a mote is, by the manager's short number of it.
    ///
    /// ```text
    /// | moteId (2) |
    /// ```
    pub struct GetMoteConfigById {
        /// The number.
        pub mote_id: u16,
    }
}

message! {
    /// The response to `getMoteConfig` (0x2F) and `getMoteConfigById` (0x41).
    ///
    /// ```text
    /// | macAddress (8) | moteId (2) | isAP (1) | state (1) | reserved (1) | isRouting (1) |
    /// ```
    pub struct MoteConfig {
        /// The mote.
        pub mac_address: MacAddress,
        /// The manager's short number of it, which health reports use. It need not outlive the
        /// mote's next reset.
        pub mote_id: u16,
        /// Whether it is the manager's own access point.
        pub is_ap: bool,
        /// Whether it has joined.
        pub state: MoteState,
        /// Without a meaning.
        pub reserved: u8,
        /// Whether it may be the parent of others.
        pub is_routing: bool,
    }
}

numbers! {
    /// Whether a mote has joined.
    #[derive(Default)]
    pub enum MoteState {
        /// 0: it is no longer heard.
        #[default]
        Lost = 0,
        /// 1: it is joining.
        Negotiating = 1,
        /// 4: it has joined.
        Operational = 4,
    }
}
