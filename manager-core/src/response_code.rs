use core::fmt;

/// The first octet of every response and acknowledgement: how the peer took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ResponseCode {
    /// 0
    Ok,
    /// 1
    InvalidCommand,
    /// 2
    InvalidArgument,
    /// 11
    EndOfList,
    /// 12
    NoResources,
    /// 13
    InProgress,
    /// 14
    Nack,
    /// 15
    WriteFail,
    /// 16
    ValidationError,
    /// 17
    InvState,
    /// 18
    NotFound,
    /// 19
    Unsupported,
    /// Any other.
    Unknown(u8),
}

impl From<u8> for ResponseCode {
    fn from(octet: u8) -> Self {
        match octet {
            0 => Self::Ok,
            1 => Self::InvalidCommand,
            2 => Self::InvalidArgument,
            11 => Self::EndOfList,
            12 => Self::NoResources,
            13 => Self::InProgress,
            14 => Self::Nack,
            15 => Self::WriteFail,
            16 => Self::ValidationError,
            17 => Self::InvState,
            18 => Self::NotFound,
            19 => Self::Unsupported,
            other => Self::Unknown(other),
        }
    }
}

impl From<ResponseCode> for u8 {
    fn from(code: ResponseCode) -> Self {
        match code {
            ResponseCode::Ok => 0,
            ResponseCode::InvalidCommand => 1,
            ResponseCode::InvalidArgument => 2,
            ResponseCode::EndOfList => 11,
            ResponseCode::NoResources => 12,
            ResponseCode::InProgress => 13,
            ResponseCode::Nack => 14,
            ResponseCode::WriteFail => 15,
            ResponseCode::ValidationError => 16,
            ResponseCode::InvState => 17,
            ResponseCode::NotFound => 18,
            ResponseCode::Unsupported => 19,
            ResponseCode::Unknown(other) => other,
        }
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
