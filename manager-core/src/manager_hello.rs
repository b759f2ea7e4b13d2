use crate::field::message;

message! {
    /// `manager_hello`: the manager, every few seconds while it has no session. Hearing one tells
    /// the API port from the others without writing to it.
    ///
    /// ```text
    /// | version (1) | mode (1) |
    /// ```
    pub struct ManagerHello {
        /// The version that the manager speaks.
        pub version: u8,
        /// 0; no other mode is known.
        pub mode: u8,
    }
}
