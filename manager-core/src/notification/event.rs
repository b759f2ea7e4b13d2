use crate::reader::Reader;
use crate::writer::Writer;
use crate::{MacAddress, ParseError, ResponseCode, TimeInfo};

/// `notifEvent`: something happened in the network.
///
/// ```text
/// | eventId (4) | eventType (1) | fields of that type |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Event<'a> {
    /// Counts up by one with each event of the manager.
    pub event_id: u32,
    /// What happened.
    pub kind: EventKind<'a>,
}

/// What happened. The fields stand in the order in which they are on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum EventKind<'a> {
    /// 0: a mote was reset.
    MoteReset(MacAddress),
    /// 1: the network was reset.
    NetworkReset,
    /// 2: a command with a callback has ended.
    CommandFinished {
        /// The number that the command's response gave.
        callback_id: u32,
        /// How it ended.
        code: ResponseCode,
    },
    /// 3: a mote is joining.
    MoteJoin(MacAddress),
    /// 4: a mote has joined and can send.
    MoteOperational(MacAddress),
    /// 5: a mote is no longer heard.
    MoteLost(MacAddress),
    /// 6: the manager's clocks, as `getTime` gives them.
    NetworkTime(TimeInfo),
    /// 7: a mote has answered `pingMote`.
    PingResponse {
        /// The number that the command's response gave.
        callback_id: u32,
        /// The mote.
        mac_address: MacAddress,
        /// Round trip in ms.
        delay: u32,
        /// The mote's supply in mV.
        voltage: u16,
        /// The mote's temperature in °C.
        temperature: i8,
    },
    /// 10: two motes can hear each other.
    PathCreate {
        /// The one end.
        source: MacAddress,
        /// The other end.
        dest: MacAddress,
        /// 0 none, 1 unused, 2 upstream, 3 downstream.
        direction: u8,
    },
    /// 11: two motes no longer hear each other.
    PathDelete {
        /// The one end.
        source: MacAddress,
        /// The other end.
        dest: MacAddress,
        /// 0 none, 1 unused, 2 upstream, 3 downstream.
        direction: u8,
    },
    /// 12: a packet of `sendData` is on the air.
    PacketSent {
        /// The number that the command's response gave.
        callback_id: u32,
        /// How it ended.
        code: ResponseCode,
    },
    /// 13: a mote the manager had not known.
    MoteCreate {
        /// The mote.
        mac_address: MacAddress,
        /// The manager's short number of it.
        mote_id: u16,
    },
    /// 14: a mote was forgotten.
    MoteDelete {
        /// The mote.
        mac_address: MacAddress,
        /// The manager's short number of it.
        mote_id: u16,
    },
    /// 15: a mote could not join.
    JoinFailed {
        /// The mote.
        mac_address: MacAddress,
        /// The manager's number of the reason.
        reason: u8,
    },
    /// A type that this crate does not know.
    Unknown {
        /// Its number.
        event_type: u8,
        /// Its fields.
        fields: &'a [u8],
    },
}

impl<'a> Event<'a> {
    pub(super) fn read(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        Ok(Self { event_id: reader.u32()?, kind: EventKind::read(reader)? })
    }

    pub(super) const fn fields_len(&self) -> usize {
        5_usize.saturating_add(self.kind.fields_len())
    }

    pub(super) fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        self.kind.write(writer.u32(self.event_id).u8(self.kind.event_type()))
    }
}

impl<'a> EventKind<'a> {
    /// The number of the type.
    #[must_use]
    pub const fn event_type(&self) -> u8 {
        match self {
            Self::MoteReset(_) => 0,
            Self::NetworkReset => 1,
            Self::CommandFinished { .. } => 2,
            Self::MoteJoin(_) => 3,
            Self::MoteOperational(_) => 4,
            Self::MoteLost(_) => 5,
            Self::NetworkTime(_) => 6,
            Self::PingResponse { .. } => 7,
            Self::PathCreate { .. } => 10,
            Self::PathDelete { .. } => 11,
            Self::PacketSent { .. } => 12,
            Self::MoteCreate { .. } => 13,
            Self::MoteDelete { .. } => 14,
            Self::JoinFailed { .. } => 15,
            Self::Unknown { event_type, .. } => *event_type,
        }
    }

    fn read(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        let event_type = reader.u8()?;
        let r = &mut reader;
        Ok(match event_type {
            0 => Self::MoteReset(MacAddress::read(r)?),
            1 => Self::NetworkReset,
            2 => Self::CommandFinished { callback_id: r.u32()?, code: r.u8()?.into() },
            3 => Self::MoteJoin(MacAddress::read(r)?),
            4 => Self::MoteOperational(MacAddress::read(r)?),
            5 => Self::MoteLost(MacAddress::read(r)?),
            6 => Self::NetworkTime(TimeInfo::read(r)?),
            7 => Self::PingResponse {
                callback_id: r.u32()?,
                mac_address: MacAddress::read(r)?,
                delay: r.u32()?,
                voltage: r.u16()?,
                temperature: r.array().map(i8::from_be_bytes)?,
            },
            10 | 11 => {
                let (source, dest) = (MacAddress::read(r)?, MacAddress::read(r)?);
                let direction = r.u8()?;
                if event_type == 10 {
                    Self::PathCreate { source, dest, direction }
                } else {
                    Self::PathDelete { source, dest, direction }
                }
            }
            12 => Self::PacketSent { callback_id: r.u32()?, code: r.u8()?.into() },
            13 => Self::MoteCreate { mac_address: MacAddress::read(r)?, mote_id: r.u16()? },
            14 => Self::MoteDelete { mac_address: MacAddress::read(r)?, mote_id: r.u16()? },
            15 => Self::JoinFailed { mac_address: MacAddress::read(r)?, reason: r.u8()? },
            event_type => Self::Unknown { event_type, fields: reader.rest() },
        })
    }

    const fn fields_len(&self) -> usize {
        match self {
            Self::NetworkReset => 0,
            Self::MoteReset(_)
            | Self::MoteJoin(_)
            | Self::MoteOperational(_)
            | Self::MoteLost(_) => 8,
            Self::CommandFinished { .. } | Self::PacketSent { .. } => 5,
            Self::NetworkTime(time) => time.buffer_len(),
            Self::PingResponse { .. } => 19,
            Self::PathCreate { .. } | Self::PathDelete { .. } => 17,
            Self::MoteCreate { .. } | Self::MoteDelete { .. } => 10,
            Self::JoinFailed { .. } => 9,
            Self::Unknown { fields, .. } => fields.len(),
        }
    }

    fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        match *self {
            Self::NetworkReset => writer,
            Self::MoteReset(mac_address)
            | Self::MoteJoin(mac_address)
            | Self::MoteOperational(mac_address)
            | Self::MoteLost(mac_address) => writer.octets(&mac_address.0),
            Self::CommandFinished { callback_id, code }
            | Self::PacketSent { callback_id, code } => writer.u32(callback_id).u8(code.into()),
            Self::NetworkTime(time) => time.write(writer),
            Self::PingResponse { callback_id, mac_address, delay, voltage, temperature } => writer
                .u32(callback_id)
                .octets(&mac_address.0)
                .u32(delay)
                .u16(voltage)
                .octets(&temperature.to_be_bytes()),
            Self::PathCreate { source, dest, direction }
            | Self::PathDelete { source, dest, direction } => {
                writer.octets(&source.0).octets(&dest.0).u8(direction)
            }
            Self::MoteCreate { mac_address, mote_id }
            | Self::MoteDelete { mac_address, mote_id } => {
                writer.octets(&mac_address.0).u16(mote_id)
            }
            Self::JoinFailed { mac_address, reason } => writer.octets(&mac_address.0).u8(reason),
            Self::Unknown { fields, .. } => writer.octets(fields),
        }
    }
}
