use crate::reader::Reader;
use crate::writer::Writer;
use crate::{
    EmitError, NetworkInfo, PacketType, ParseError, ResponseCode, SendDataResponse, SystemInfo,
    TimeInfo,
};

/// The manager's answer to a command, without its header.
///
/// ```text
/// | RC (1) | fields of the command's response, when RC is 0 |
/// ```
///
/// Octets after the last known field are left to newer managers, and ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Response<'a> {
    /// The notifications will come.
    Subscribe,
    /// The manager's clocks.
    GetTime(TimeInfo),
    /// What the manager is.
    GetSystemInfo(SystemInfo),
    /// How the mesh is doing.
    GetNetworkInfo(NetworkInfo),
    /// The packet is queued.
    SendData(SendDataResponse),
    /// Any other command has succeeded.
    Other {
        /// Which command.
        packet_type: PacketType,
        /// Its response's fields, behind the response code.
        fields: &'a [u8],
    },
    /// The command has failed.
    Refused {
        /// Which command.
        packet_type: PacketType,
        /// Why. Never [`ResponseCode::Ok`] when it was parsed.
        code: ResponseCode,
    },
}

impl<'a> Response<'a> {
    /// The identifier of the command that this answers.
    #[must_use]
    pub const fn packet_type(&self) -> PacketType {
        match *self {
            Self::Subscribe => PacketType::Subscribe,
            Self::GetTime(_) => PacketType::GetTime,
            Self::GetSystemInfo(_) => PacketType::GetSystemInfo,
            Self::GetNetworkInfo(_) => PacketType::GetNetworkInfo,
            Self::SendData(_) => PacketType::SendData,
            Self::Other { packet_type, .. } | Self::Refused { packet_type, .. } => packet_type,
        }
    }

    /// Reads the body of the response to this command.
    ///
    /// # Errors
    /// If a field is missing.
    pub fn parse(packet_type: PacketType, body: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let code = ResponseCode::from(reader.u8()?);
        if code != ResponseCode::Ok {
            return Ok(Self::Refused { packet_type, code });
        }
        Ok(match packet_type {
            PacketType::Subscribe => Self::Subscribe,
            PacketType::GetTime => Self::GetTime(TimeInfo::read(&mut reader)?),
            PacketType::GetSystemInfo => Self::GetSystemInfo(SystemInfo::read(&mut reader)?),
            PacketType::GetNetworkInfo => Self::GetNetworkInfo(NetworkInfo::read(&mut reader)?),
            PacketType::SendData => Self::SendData(SendDataResponse::read(&mut reader)?),
            packet_type => Self::Other { packet_type, fields: reader.rest() },
        })
    }

    /// Octets of the body.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        1_usize.saturating_add(match self {
            Self::Subscribe | Self::Refused { .. } => 0,
            Self::GetTime(fields) => fields.buffer_len(),
            Self::GetSystemInfo(fields) => fields.buffer_len(),
            Self::GetNetworkInfo(fields) => fields.buffer_len(),
            Self::SendData(fields) => fields.buffer_len(),
            Self::Other { fields, .. } => fields.len(),
        })
    }

    /// Writes the body and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        let too_small = EmitError::BufferTooSmall { needed: self.buffer_len() };
        let (code, after) = buffer.split_first_mut().ok_or(too_small)?;
        *code = match self {
            Self::Refused { code, .. } => *code,
            _ => ResponseCode::Ok,
        }
        .into();
        let emitted = match self {
            Self::Subscribe | Self::Refused { .. } => Ok(0),
            Self::GetTime(fields) => fields.emit(after),
            Self::GetSystemInfo(fields) => fields.emit(after),
            Self::GetNetworkInfo(fields) => fields.emit(after),
            Self::SendData(fields) => fields.emit(after),
            Self::Other { fields, .. } => Writer::new(after).octets(fields).finish(),
        };
        emitted.map(|len| len + 1).map_err(|_| too_small)
    }
}
