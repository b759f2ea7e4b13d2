//! What the octets with a meaning mean.

use manager_core::command::{MoteState, NetworkState, PathDirection, PathFilter, ResetTarget};
use manager_core::notification::{CommandOutcome, JoinFailure};
use manager_core::{NotificationMask, PacketType, ResponseCode, SuccessCode};

macro_rules! numbers {
    ($($type:ident { $($number:literal $name:ident,)* })*) => {$(
        let mut known = Vec::new();
        $(
            assert_eq!($type::from($number), $type::$name);
            assert_eq!(u8::from($type::$name), $number);
            known.push($number);
        )*
        for number in (0..=u8::MAX).filter(|number| !known.contains(number)) {
            assert_eq!($type::from(number), $type::Unknown(number));
            assert_eq!(u8::from($type::Unknown(number)), number);
        }
    )*};
}

#[test]
fn numbers_have_the_vendors_meaning_and_no_other() {
    numbers! {
        ResponseCode {
            0 Ok, 1 InvalidCommand, 2 InvalidArgument, 11 EndOfList, 12 NoResources, 13 InProgress,
            14 Nack, 15 WriteFail, 16 ValidationError, 17 InvState, 18 NotFound, 19 Unsupported,
        }
        SuccessCode { 0 Ok, 1 UnsupportedVersion, 2 InvalidMode, }
        ResetTarget { 0 Manager, 2 Mote, }
        MoteState { 0 Lost, 1 Negotiating, 4 Operational, }
        PathFilter { 0 All, 1 Upstream, }
        PathDirection { 0 None, 1 Unused, 2 Upstream, 3 Downstream, }
        NetworkState {
            0 Operational, 1 Radiotest, 2 NotStarted, 3 StartupError, 4 ConfigurationError,
            5 LicenseError,
        }
        CommandOutcome { 0 Ok, 1 Nack, 2 TimedOut, }
        JoinFailure { 0 CounterReused, 1 NotOnAcl, 2 WrongKey, 3 Unexpected, }
    }
}

/// By the names that people see.
#[test]
fn packet_types_have_the_vendors_numbers_and_names() {
    let names = [
        (0x01, "hello"),
        (0x02, "hello_response"),
        (0x03, "manager_hello"),
        (0x14, "notification"),
        (0x15, "reset"),
        (0x16, "subscribe"),
        (0x17, "getTime"),
        (0x1A, "setNetworkConfig"),
        (0x1F, "clearStatistics"),
        (0x21, "exchangeMoteJoinKey"),
        (0x22, "exchangeNetworkId"),
        (0x23, "radiotestTx"),
        (0x25, "radiotestRx"),
        (0x26, "getRadiotestStatistics"),
        (0x27, "setACLEntry"),
        (0x28, "getNextACLEntry"),
        (0x29, "deleteACLEntry"),
        (0x2A, "pingMote"),
        (0x2B, "getLog"),
        (0x2C, "sendData"),
        (0x2D, "startNetwork"),
        (0x2E, "getSystemInfo"),
        (0x2F, "getMoteConfig"),
        (0x30, "getPathInfo"),
        (0x31, "getNextPathInfo"),
        (0x32, "setAdvertising"),
        (0x33, "setDownstreamFrameMode"),
        (0x35, "getManagerStatistics"),
        (0x36, "setTime"),
        (0x37, "getLicense"),
        (0x38, "setLicense"),
        (0x3A, "setCLIUser"),
        (0x3B, "sendIP"),
        (0x3D, "restoreFactoryDefaults"),
        (0x3E, "getMoteInfo"),
        (0x3F, "getNetworkConfig"),
        (0x40, "getNetworkInfo"),
        (0x41, "getMoteConfigById"),
        (0x42, "setCommonJoinKey"),
        (0x43, "getIPConfig"),
        (0x44, "setIPConfig"),
        (0x45, "deleteMote"),
        (0x46, "getMoteLinks"),
        (0x4A, "radiotestRxPER"),
        (0x4B, "radiotestTxPER"),
    ];
    for number in 0..=u8::MAX {
        let name = names.iter().find(|(known, _)| *known == number);
        let expected = name.map_or(format!("unknown type {number:#04x}"), |it| it.1.to_owned());
        assert_eq!(PacketType::from(number).to_string(), expected);
    }
}

#[test]
fn notifications_have_the_vendors_bits() {
    let bits = [
        (NotificationMask::NONE, 0),
        (NotificationMask::EVENT, 1 << 1),
        (NotificationMask::LOG, 1 << 2),
        (NotificationMask::DATA, 1 << 4),
        (NotificationMask::IP_DATA, 1 << 5),
        (NotificationMask::HEALTH_REPORT, 1 << 6),
        (NotificationMask::RADIOTEST_STATS_PER, 1 << 7),
    ];
    for (mask, bit) in bits {
        assert_eq!(mask, NotificationMask(bit));
    }
}
