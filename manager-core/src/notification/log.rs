use crate::MacAddress;
use crate::field::message_with_rest;

message_with_rest! {
    /// `notifLog`: a line of a mote's or the manager's log.
    ///
    /// ```text
    /// | macAddress (8) | logMsg |
    /// ```
    pub struct Log<'a> {
        /// Whose log.
        pub mac_address: MacAddress,
        rest:
        /// The text, in whatever encoding the mote uses.
        pub log_msg,
    }
}
