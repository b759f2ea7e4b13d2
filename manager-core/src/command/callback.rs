use crate::field::message;

message! {
    /// The response to a command that is accepted now and done later: its event carries this
    /// number.
    ///
    /// ```text
    /// | callbackId (4) |
    /// ```
    ///
    /// The event is [`PacketSent`](crate::notification::EventKind::PacketSent) for `sendData` and
    /// `sendIP`, [`PingResponse`](crate::notification::EventKind::PingResponse) for `pingMote`, and
    /// [`CommandFinished`](crate::notification::EventKind::CommandFinished) for all others.
    pub struct Callback {
        /// What the event will carry.
        pub callback_id: u32,
    }
}
