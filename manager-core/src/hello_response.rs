use core::fmt;

use crate::field::{message, numbers};

message! {
    /// `hello_response`: the manager grants or refuses a session.
    ///
    /// ```text
    /// | successCode (1) | version (1) | mgrSeqNo (1) | cliSeqNo (1) | mode (1) |
    /// ```
    pub struct HelloResponse {
        /// Whether there is a session now.
        pub success_code: SuccessCode,
        /// The version that the manager speaks.
        pub version: u8,
        /// The last number that the manager used.
        pub mgr_seq_no: u8,
        /// The hello's `cliSeqNo`.
        pub cli_seq_no: u8,
        /// The hello's mode.
        pub mode: u8,
    }
}

numbers! {
    /// What came of a hello.
    pub enum SuccessCode {
        /// 0: there is a session.
        Ok = 0,
        /// 1: the manager does not speak the hello's version.
        UnsupportedVersion = 1,
        /// 2: the manager does not know the hello's mode.
        InvalidMode = 2,
    }
}

impl fmt::Display for SuccessCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::UnsupportedVersion => "unsupported version",
            Self::InvalidMode => "invalid mode",
            Self::Unknown(other) => return write!(f, "unknown success code {other}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_success_code_keeps_its_number() {
        for octet in 0..=u8::MAX {
            assert_eq!(u8::from(SuccessCode::from(octet)), octet);
        }
    }
}
