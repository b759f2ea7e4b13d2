use crate::command::{PathDirection, TimeInfo};
use crate::field::{Field, message, numbers};
use crate::reader::Reader;
use crate::writer::Writer;
use crate::{MacAddress, ParseError};

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
#[non_exhaustive]
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
        outcome: CommandOutcome,
    },
    /// 3: a mote is joining.
    MoteJoin(MacAddress),
    /// 4: a mote has joined and can send.
    MoteOperational(MacAddress),
    /// 5: a mote is no longer heard.
    MoteLost(MacAddress),
    /// 6: the manager's clocks, as `getTime` gives them.
    NetworkTime(TimeInfo),
    /// 7: a mote has answered `pingMote`, or not.
    PingResponse {
        /// The number that the command's response gave.
        callback_id: u32,
        /// The mote.
        mac_address: MacAddress,
        /// What it says; `None` if it has not answered in time.
        answer: Option<PingAnswer>,
    },
    /// 10: the manager has connected two motes.
    PathCreate {
        /// The one end.
        source: MacAddress,
        /// The other end.
        dest: MacAddress,
        /// What the connection is for, as seen from `source`.
        direction: PathDirection,
    },
    /// 11: the manager no longer connects two motes.
    PathDelete {
        /// The one end.
        source: MacAddress,
        /// The other end.
        dest: MacAddress,
        /// What the connection is for, as seen from `source`.
        direction: PathDirection,
    },
    /// 12: a packet of `sendData` is on the air.
    PacketSent {
        /// The number that the command's response gave.
        callback_id: u32,
        /// How it ended: 0 when it was sent. The vendor does not publish the other numbers.
        rc: u8,
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
        /// Why not.
        reason: JoinFailure,
    },
    /// 16: a packet of this mote could not be decrypted.
    InvalidMic(MacAddress),
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
            Self::InvalidMic(_) => 16,
            Self::Unknown { event_type, .. } => *event_type,
        }
    }

    fn read(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        let event_type = reader.u8()?;
        let r = &mut reader;
        Ok(match event_type {
            0 => Self::MoteReset(MacAddress::read(r)?),
            1 => Self::NetworkReset,
            2 => Self::CommandFinished { callback_id: r.u32()?, outcome: Field::read(r)? },
            3 => Self::MoteJoin(MacAddress::read(r)?),
            4 => Self::MoteOperational(MacAddress::read(r)?),
            5 => Self::MoteLost(MacAddress::read(r)?),
            6 => Self::NetworkTime(TimeInfo::read(r)?),
            7 => Self::PingResponse {
                callback_id: r.u32()?,
                mac_address: MacAddress::read(r)?,
                answer: PingAnswer::read(r).map(PingAnswer::unless_timed_out)?,
            },
            10 | 11 => {
                let (source, dest) = (MacAddress::read(r)?, MacAddress::read(r)?);
                let direction = Field::read(r)?;
                if event_type == 10 {
                    Self::PathCreate { source, dest, direction }
                } else {
                    Self::PathDelete { source, dest, direction }
                }
            }
            12 => Self::PacketSent { callback_id: r.u32()?, rc: r.u8()? },
            13 => Self::MoteCreate { mac_address: MacAddress::read(r)?, mote_id: r.u16()? },
            14 => Self::MoteDelete { mac_address: MacAddress::read(r)?, mote_id: r.u16()? },
            15 => Self::JoinFailed { mac_address: MacAddress::read(r)?, reason: Field::read(r)? },
            16 => Self::InvalidMic(MacAddress::read(r)?),
            event_type => Self::Unknown { event_type, fields: reader.rest() },
        })
    }

    const fn fields_len(&self) -> usize {
        match self {
            Self::NetworkReset => 0,
            Self::MoteReset(_)
            | Self::MoteJoin(_)
            | Self::MoteOperational(_)
            | Self::MoteLost(_)
            | Self::InvalidMic(_) => 8,
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
            | Self::MoteLost(mac_address)
            | Self::InvalidMic(mac_address) => mac_address.write(writer),
            Self::CommandFinished { callback_id, outcome } => {
                outcome.write(writer.u32(callback_id))
            }
            Self::PacketSent { callback_id, rc } => writer.u32(callback_id).u8(rc),
            Self::NetworkTime(time) => time.write(writer),
            Self::PingResponse { callback_id, mac_address, answer } => {
                let writer = mac_address.write(writer.u32(callback_id));
                answer.unwrap_or(PingAnswer::TIMED_OUT).write(writer)
            }
            Self::PathCreate { source, dest, direction }
            | Self::PathDelete { source, dest, direction } => {
                direction.write(writer.octets(&source.0).octets(&dest.0))
            }
            Self::MoteCreate { mac_address, mote_id }
            | Self::MoteDelete { mac_address, mote_id } => {
                writer.octets(&mac_address.0).u16(mote_id)
            }
            Self::JoinFailed { mac_address, reason } => reason.write(writer.octets(&mac_address.0)),
            Self::Unknown { fields, .. } => writer.octets(fields),
        }
    }
}

numbers! {
    /// How a command has ended that was done later. These are not the numbers of a
    /// [`ResponseCode`](crate::ResponseCode).
    pub enum CommandOutcome {
        /// 0
        Ok = 0,
        /// 1: not acknowledged.
        Nack = 1,
        /// 2
        TimedOut = 2,
    }
}

numbers! {
    /// Why a mote could not join.
    pub enum JoinFailure {
        /// 0: its join counter was used before.
        CounterReused = 0,
        /// 1: it is not on the access control list.
        NotOnAcl = 1,
        /// 2: its request cannot be decrypted, so its join key is another.
        WrongKey = 2,
        /// 3: its request is not what was expected.
        Unexpected = 3,
    }
}

message! {
    /// What a mote says when it is asked whether it is there.
    ///
    /// ```text
    /// | delay (4) | voltage (2) | temperature (1) |
    /// ```
    pub struct PingAnswer {
        /// Round trip in ms; all ones is no answer.
        pub delay: u32,
        /// The mote's supply in mV.
        pub voltage: u16,
        /// The mote's temperature in °C.
        pub temperature: i8,
    }
}

impl PingAnswer {
    const TIMED_OUT: Self = Self { delay: u32::MAX, voltage: 0, temperature: 0 };

    const fn unless_timed_out(self) -> Option<Self> {
        if self.delay == Self::TIMED_OUT.delay { None } else { Some(self) }
    }
}
