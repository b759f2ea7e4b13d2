use core::fmt;

use crate::field::numbers;

numbers! {
    /// The first octet of every response and acknowledgement: how the peer took it.
    pub enum ResponseCode {
        /// 0
        Ok = 0,
        /// 1
        InvalidCommand = 1,
        /// 2
        InvalidArgument = 2,
        /// 11
        EndOfList = 11,
        /// 12
        NoResources = 12,
        /// 13
        InProgress = 13,
        /// 14
        Nack = 14,
        /// 15
        WriteFail = 15,
        /// 16
        ValidationError = 16,
        /// 17
        InvState = 17,
        /// 18
        NotFound = 18,
        /// 19
        Unsupported = 19,
    }
}

impl fmt::Display for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::InvalidCommand => "invalid command",
            Self::InvalidArgument => "invalid argument",
            Self::EndOfList => "end of list",
            Self::NoResources => "no resources",
            Self::InProgress => "in progress",
            Self::Nack => "not acknowledged",
            Self::WriteFail => "write failed",
            Self::ValidationError => "validation error",
            Self::InvState => "invalid state",
            Self::NotFound => "not found",
            Self::Unsupported => "unsupported",
            Self::Unknown(other) => return write!(f, "unknown response code {other}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_keeps_its_number() {
        for octet in 0..=u8::MAX {
            assert_eq!(u8::from(ResponseCode::from(octet)), octet);
        }
    }
}
