use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, MacAddress, ParseError};

/// `sendData` (0x2C): a UDP payload for a mote, such as an OAP request.
///
/// ```text
/// | macAddress (8) | priority (1) | srcPort (2) | dstPort (2) | options (1) | data |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SendData<'a> {
    /// The mote, or [`MacAddress::BROADCAST`].
    pub mac_address: MacAddress,
    /// 0 low, 1 medium, 2 high.
    pub priority: u8,
    /// UDP source port.
    pub src_port: u16,
    /// UDP destination port.
    pub dst_port: u16,
    /// 0.
    pub options: u8,
    /// The UDP payload.
    pub data: &'a [u8],
}

impl<'a> SendData<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// If a field is missing.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        Ok(Self {
            mac_address: MacAddress::read(&mut reader)?,
            priority: reader.u8()?,
            src_port: reader.u16()?,
            dst_port: reader.u16()?,
            options: reader.u8()?,
            data: reader.rest(),
        })
    }

    /// Octets of the body.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        14_usize.saturating_add(self.data.len())
    }

    /// Writes the body and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        Writer::new(buffer)
            .octets(&self.mac_address.0)
            .u8(self.priority)
            .u16(self.src_port)
            .u16(self.dst_port)
            .u8(self.options)
            .octets(self.data)
            .finish()
    }
}

/// The response to `sendData`: the manager has queued the packet.
///
/// ```text
/// | callbackId (4) |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SendDataResponse {
    /// What the event [`PacketSent`](crate::notification::EventKind::PacketSent) will carry once
    /// the packet is on the air.
    pub callback_id: u32,
}

impl SendDataResponse {
    /// Reads the response behind its response code.
    ///
    /// # Errors
    /// If a field is missing.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        Self::read(&mut Reader::new(body))
    }

    /// Octets of the response behind its response code.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        4
    }

    /// Writes the response behind its response code, and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        Writer::new(buffer).u32(self.callback_id).finish()
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self { callback_id: reader.u32()? })
    }
}
