use core::fmt;

use crate::field::numbers;
use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, ParseError};

/// Octets of a packet's header.
pub const HEADER_LEN: usize = 4;

/// Longest frame of today's managers, unstuffed: header, body and FCS.
pub const MAX_FRAME_LEN: usize = 128;

/// Longest body that fits such a frame.
pub const MAX_BODY_LEN: usize = MAX_FRAME_LEN - HEADER_LEN - hdlc_core::FCS_LEN;

/// The payload of one HDLC frame.
///
/// ```text
/// | control (1) | packet type (1) | seq (1) | length (1) | body (length) |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Packet<'a> {
    /// What kind of exchange it belongs to.
    pub control: Control,
    /// What the body is.
    pub packet_type: PacketType,
    /// The sender's sequence number; in a response or an acknowledgement, that of what it answers.
    pub seq: u8,
    /// The message.
    pub body: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads the header and finds the body.
    ///
    /// # Errors
    /// If the header is cut short, or declares another length than that of the body.
    pub fn parse(payload: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(payload);
        let control = Control::from(reader.u8()?);
        let packet_type = PacketType::from(reader.u8()?);
        let seq = reader.u8()?;
        let declared = usize::from(reader.u8()?);
        let body = reader.rest();
        if body.len() != declared {
            return Err(ParseError::LengthMismatch { declared, found: body.len() });
        }
        Ok(Self { control, packet_type, seq, body })
    }

    /// Octets of header and body.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        HEADER_LEN.saturating_add(self.body.len())
    }

    /// Writes header and body, and returns how many octets they take.
    ///
    /// # Errors
    /// If the buffer is too small, or the body longer than a header can declare.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        let found = self.body.len();
        let length = u8::try_from(found).map_err(|_| EmitError::BodyTooLong { found })?;
        Writer::new(buffer)
            .octets(&[self.control.into(), self.packet_type.into(), self.seq, length])
            .octets(self.body)
            .finish()
    }
}

/// The header's first octet. Its upper six bits have no meaning yet, and are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Control(u8);

impl Control {
    /// Data that is not acknowledged: hello, its response, best-effort notifications.
    pub const BEST_EFFORT: Self = Self(0);
    /// The response to a command, or the acknowledgement of a notification.
    pub const RESPONSE: Self = Self(1);
    /// Data that the receiver must answer: commands, reliable notifications.
    pub const RELIABLE: Self = Self(2);

    /// Bit 0: a response or an acknowledgement.
    #[must_use]
    pub const fn is_response(self) -> bool {
        self.0 & 1 != 0
    }

    /// Bit 1: the sender wants an answer.
    #[must_use]
    pub const fn is_reliable(self) -> bool {
        self.0 & 2 != 0
    }
}

impl From<u8> for Control {
    fn from(octet: u8) -> Self {
        Self(octet)
    }
}

impl From<Control> for u8 {
    fn from(control: Control) -> Self {
        control.0
    }
}

numbers! {
    /// What a packet's body is; for commands, the vendor's command identifier.
    pub enum PacketType {
        /// 0x01, client to manager.
        Hello = 0x01,
        /// 0x02, manager to client.
        HelloResponse = 0x02,
        /// 0x03, manager to nobody in particular: it has no session.
        ManagerHello = 0x03,
        /// 0x14, manager to client.
        Notification = 0x14,
        /// 0x15
        Reset = 0x15,
        /// 0x16
        Subscribe = 0x16,
        /// 0x17
        GetTime = 0x17,
        /// 0x1A
        SetNetworkConfig = 0x1A,
        /// 0x1F
        ClearStatistics = 0x1F,
        /// 0x21
        ExchangeMoteJoinKey = 0x21,
        /// 0x22
        ExchangeNetworkId = 0x22,
        /// 0x23
        RadiotestTx = 0x23,
        /// 0x25
        RadiotestRx = 0x25,
        /// 0x26
        GetRadiotestStatistics = 0x26,
        /// 0x27
        SetAclEntry = 0x27,
        /// 0x28
        GetNextAclEntry = 0x28,
        /// 0x29
        DeleteAclEntry = 0x29,
        /// 0x2A
        PingMote = 0x2A,
        /// 0x2B
        GetLog = 0x2B,
        /// 0x2C
        SendData = 0x2C,
        /// 0x2D
        StartNetwork = 0x2D,
        /// 0x2E
        GetSystemInfo = 0x2E,
        /// 0x2F
        GetMoteConfig = 0x2F,
        /// 0x30
        GetPathInfo = 0x30,
        /// 0x31
        GetNextPathInfo = 0x31,
        /// 0x32
        SetAdvertising = 0x32,
        /// 0x33
        SetDownstreamFrameMode = 0x33,
        /// 0x35
        GetManagerStatistics = 0x35,
        /// 0x36
        SetTime = 0x36,
        /// 0x37
        GetLicense = 0x37,
        /// 0x38
        SetLicense = 0x38,
        /// 0x3A
        SetCliUser = 0x3A,
        /// 0x3B
        SendIp = 0x3B,
        /// 0x3D
        RestoreFactoryDefaults = 0x3D,
        /// 0x3E
        GetMoteInfo = 0x3E,
        /// 0x3F
        GetNetworkConfig = 0x3F,
        /// 0x40
        GetNetworkInfo = 0x40,
        /// 0x41
        GetMoteConfigById = 0x41,
        /// 0x42
        SetCommonJoinKey = 0x42,
        /// 0x43
        GetIpConfig = 0x43,
        /// 0x44
        SetIpConfig = 0x44,
        /// 0x45
        DeleteMote = 0x45,
        /// 0x46
        GetMoteLinks = 0x46,
        /// 0x4A
        RadiotestRxPer = 0x4A,
        /// 0x4B
        RadiotestTxPer = 0x4B,
    }
}

impl fmt::Display for PacketType {
    /// The vendor's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hello => "hello",
            Self::HelloResponse => "hello_response",
            Self::ManagerHello => "manager_hello",
            Self::Notification => "notification",
            Self::Reset => "reset",
            Self::Subscribe => "subscribe",
            Self::GetTime => "getTime",
            Self::SetNetworkConfig => "setNetworkConfig",
            Self::ClearStatistics => "clearStatistics",
            Self::ExchangeMoteJoinKey => "exchangeMoteJoinKey",
            Self::ExchangeNetworkId => "exchangeNetworkId",
            Self::RadiotestTx => "radiotestTx",
            Self::RadiotestRx => "radiotestRx",
            Self::GetRadiotestStatistics => "getRadiotestStatistics",
            Self::SetAclEntry => "setACLEntry",
            Self::GetNextAclEntry => "getNextACLEntry",
            Self::DeleteAclEntry => "deleteACLEntry",
            Self::PingMote => "pingMote",
            Self::GetLog => "getLog",
            Self::SendData => "sendData",
            Self::StartNetwork => "startNetwork",
            Self::GetSystemInfo => "getSystemInfo",
            Self::GetMoteConfig => "getMoteConfig",
            Self::GetPathInfo => "getPathInfo",
            Self::GetNextPathInfo => "getNextPathInfo",
            Self::SetAdvertising => "setAdvertising",
            Self::SetDownstreamFrameMode => "setDownstreamFrameMode",
            Self::GetManagerStatistics => "getManagerStatistics",
            Self::SetTime => "setTime",
            Self::GetLicense => "getLicense",
            Self::SetLicense => "setLicense",
            Self::SetCliUser => "setCLIUser",
            Self::SendIp => "sendIP",
            Self::RestoreFactoryDefaults => "restoreFactoryDefaults",
            Self::GetMoteInfo => "getMoteInfo",
            Self::GetNetworkConfig => "getNetworkConfig",
            Self::GetNetworkInfo => "getNetworkInfo",
            Self::GetMoteConfigById => "getMoteConfigById",
            Self::SetCommonJoinKey => "setCommonJoinKey",
            Self::GetIpConfig => "getIPConfig",
            Self::SetIpConfig => "setIPConfig",
            Self::DeleteMote => "deleteMote",
            Self::GetMoteLinks => "getMoteLinks",
            Self::RadiotestRxPer => "radiotestRxPER",
            Self::RadiotestTxPer => "radiotestTxPER",
            Self::Unknown(other) => return write!(f, "unknown type {other:#04x}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_packet_type_keeps_its_number() {
        for octet in 0..=u8::MAX {
            assert_eq!(u8::from(PacketType::from(octet)), octet);
        }
    }

    #[test]
    fn a_length_that_disagrees_with_the_frame_is_an_error() {
        for (declared, found) in [(0, 1), (2, 1), (255, 1)] {
            let payload = [0, 3, 0, declared, 4];
            let parsed = Packet::parse(&payload);
            let declared = usize::from(declared);
            assert_eq!(parsed, Err(ParseError::LengthMismatch { declared, found }));
        }
        let parsed = Packet::parse(&[0, 3, 0]);
        assert_eq!(parsed, Err(ParseError::TooShort { expected: 4, found: 3 }));
    }

    #[test]
    fn a_body_that_no_header_can_declare_is_not_emitted() {
        let packet = Packet {
            control: Control::RELIABLE,
            packet_type: PacketType::SendData,
            seq: 0,
            body: &[0; 256],
        };
        assert_eq!(packet.emit(&mut [0; 512]), Err(EmitError::BodyTooLong { found: 256 }));
    }
}
