use crate::writer::Writer;
use crate::{EmitError, PacketType, ParseError, SendData, Subscribe};

/// A command of the client, without its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Request<'a> {
    /// Choose which notifications come.
    Subscribe(Subscribe),
    /// Ask for [`TimeInfo`](crate::TimeInfo).
    GetTime,
    /// Ask for [`SystemInfo`](crate::SystemInfo).
    GetSystemInfo,
    /// Ask for [`NetworkInfo`](crate::NetworkInfo).
    GetNetworkInfo,
    /// Send a UDP payload to a mote.
    SendData(SendData<'a>),
    /// Any other command, in the caller's own octets.
    Other {
        /// Which command.
        packet_type: PacketType,
        /// Its fields.
        body: &'a [u8],
    },
}

impl<'a> Request<'a> {
    /// The command's identifier.
    #[must_use]
    pub const fn packet_type(&self) -> PacketType {
        match *self {
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::GetTime => PacketType::GetTime,
            Self::GetSystemInfo => PacketType::GetSystemInfo,
            Self::GetNetworkInfo => PacketType::GetNetworkInfo,
            Self::SendData(_) => PacketType::SendData,
            Self::Other { packet_type, .. } => packet_type,
        }
    }

    /// Reads the body of a command.
    ///
    /// # Errors
    /// If a field is missing.
    pub fn parse(packet_type: PacketType, body: &'a [u8]) -> Result<Self, ParseError> {
        Ok(match packet_type {
            PacketType::Subscribe => Self::Subscribe(Subscribe::parse(body)?),
            PacketType::GetTime => Self::GetTime,
            PacketType::GetSystemInfo => Self::GetSystemInfo,
            PacketType::GetNetworkInfo => Self::GetNetworkInfo,
            PacketType::SendData => Self::SendData(SendData::parse(body)?),
            packet_type => Self::Other { packet_type, body },
        })
    }

    /// Octets of the body.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        match self {
            Self::Subscribe(subscribe) => subscribe.buffer_len(),
            Self::GetTime | Self::GetSystemInfo | Self::GetNetworkInfo => 0,
            Self::SendData(send_data) => send_data.buffer_len(),
            Self::Other { body, .. } => body.len(),
        }
    }

    /// Writes the body and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        match self {
            Self::Subscribe(subscribe) => subscribe.emit(buffer),
            Self::GetTime | Self::GetSystemInfo | Self::GetNetworkInfo => Ok(0),
            Self::SendData(send_data) => send_data.emit(buffer),
            Self::Other { body, .. } => Writer::new(buffer).octets(body).finish(),
        }
    }
}
