use crate::PROTOCOL_VERSION;
use crate::field::message;

message! {
    /// `hello`: the client asks for a session.
    ///
    /// ```text
    /// | version (1) | cliSeqNo (1) | mode (1) |
    /// ```
    pub struct Hello {
        /// The serial API's version, [`PROTOCOL_VERSION`].
        pub version: u8,
        /// The number before that of the client's first command.
        pub cli_seq_no: u8,
        /// 0; no other mode is known.
        pub mode: u8,
    }
}

impl Hello {
    /// A hello in this crate's version of the protocol.
    #[must_use]
    pub const fn new(cli_seq_no: u8) -> Self {
        Self { version: PROTOCOL_VERSION, cli_seq_no, mode: 0 }
    }
}
