use core::fmt;

/// How a request went (Tools Guide, "Response codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ResultCode {
    /// 0: done.
    Ok,
    /// 1: no such element.
    NotFound,
    /// 2: the mote is out of resources.
    NoResources,
    /// 3: no such field.
    UnkParam,
    /// 4: a value that the field does not take.
    InvValue,
    /// 5: not an address.
    InvAddr,
    /// 6: the element does not know this command.
    NoSupport,
    /// 7: the field can only be read.
    RdOnly,
    /// 8: the field can only be written.
    WrOnly,
    /// 9: the value is too short for the field.
    FewerBytes,
    /// 10: the value is too long for the field.
    TooManyBytes,
    /// 11: another error.
    UnkError,
    /// 12: the answer would not fit into a packet.
    ExecSize,
    /// Any other number. Not meant for 0 to 12, which would come back as the variants above.
    Unknown(u8),
}

impl From<u8> for ResultCode {
    fn from(octet: u8) -> Self {
        match octet {
            0 => Self::Ok,
            1 => Self::NotFound,
            2 => Self::NoResources,
            3 => Self::UnkParam,
            4 => Self::InvValue,
            5 => Self::InvAddr,
            6 => Self::NoSupport,
            7 => Self::RdOnly,
            8 => Self::WrOnly,
            9 => Self::FewerBytes,
            10 => Self::TooManyBytes,
            11 => Self::UnkError,
            12 => Self::ExecSize,
            unknown => Self::Unknown(unknown),
        }
    }
}

impl From<ResultCode> for u8 {
    fn from(code: ResultCode) -> Self {
        match code {
            ResultCode::Ok => 0,
            ResultCode::NotFound => 1,
            ResultCode::NoResources => 2,
            ResultCode::UnkParam => 3,
            ResultCode::InvValue => 4,
            ResultCode::InvAddr => 5,
            ResultCode::NoSupport => 6,
            ResultCode::RdOnly => 7,
            ResultCode::WrOnly => 8,
            ResultCode::FewerBytes => 9,
            ResultCode::TooManyBytes => 10,
            ResultCode::UnkError => 11,
            ResultCode::ExecSize => 12,
            ResultCode::Unknown(unknown) => unknown,
        }
    }
}

impl fmt::Display for ResultCode {
    /// The vendor's name for the code, or its number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "OK",
            Self::NotFound => "NOT_FOUND",
            Self::NoResources => "NO_RESOURCES",
            Self::UnkParam => "UNK_PARAM",
            Self::InvValue => "INV_VALUE",
            Self::InvAddr => "INV_ADDR",
            Self::NoSupport => "NO_SUPPORT",
            Self::RdOnly => "RD_ONLY",
            Self::WrOnly => "WR_ONLY",
            Self::FewerBytes => "FEWER_BYTES",
            Self::TooManyBytes => "TOO_MANY_BYTES",
            Self::UnkError => "UNK_ERROR",
            Self::ExecSize => "EXEC_SIZE",
            Self::Unknown(unknown) => return write!(f, "{unknown}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn every_octet_survives() {
        for octet in 0..=u8::MAX {
            assert_eq!(u8::from(ResultCode::from(octet)), octet);
        }
    }

    #[test]
    fn numbers_and_names_are_the_vendors() {
        let names = [
            "OK",
            "NOT_FOUND",
            "NO_RESOURCES",
            "UNK_PARAM",
            "INV_VALUE",
            "INV_ADDR",
            "NO_SUPPORT",
            "RD_ONLY",
            "WR_ONLY",
            "FEWER_BYTES",
            "TOO_MANY_BYTES",
            "UNK_ERROR",
            "EXEC_SIZE",
            "13",
        ];
        for (octet, name) in (0..).zip(names) {
            assert_eq!(ResultCode::from(octet).to_string(), name);
        }
        assert_eq!(ResultCode::from(13), ResultCode::Unknown(13));
    }
}
