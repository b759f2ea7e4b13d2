//! What the manager reports by itself, packet type 0x14.

mod data;
mod event;
pub mod health_report;
mod ip_data;
mod log;
mod radiotest_stats_per;

pub use data::Data;
pub use event::{CommandOutcome, Event, EventKind, JoinFailure, PingAnswer};
pub use health_report::HealthReport;
pub use ip_data::IpData;
pub use log::Log;
pub use radiotest_stats_per::RadiotestStatsPer;

use crate::field::Field;
use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, ParseError};

const EVENT: u8 = 1;
const LOG: u8 = 2;
const DATA: u8 = 4;
const IP_DATA: u8 = 5;
const HEALTH_REPORT: u8 = 6;
const RADIOTEST_STATS_PER: u8 = 7;

/// A notification's body.
///
/// ```text
/// | type (1) | fields of that type |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Notification<'a> {
    /// 1: something happened in the network.
    Event(Event<'a>),
    /// 2: a line of a mote's log.
    Log(Log<'a>),
    /// 4: a UDP payload from a mote, such as an OAP notification.
    Data(Data<'a>),
    /// 5: any other IP packet from a mote.
    IpData(IpData<'a>),
    /// 6: a mote's statistics.
    HealthReport(HealthReport<'a>),
    /// 7: what a test of the radio has come to.
    RadiotestStatsPer(RadiotestStatsPer),
    /// A type that this crate does not know.
    Unknown {
        /// Its number.
        notification_type: u8,
        /// Its fields.
        fields: &'a [u8],
    },
}

impl<'a> Data<'a> {
    /// Reads the body of a notification if it is data from a mote, for firmware that wants nothing
    /// else and no code for it.
    ///
    /// # Errors
    /// If a field is missing.
    pub fn of_notification(body: &'a [u8]) -> Result<Option<Self>, ParseError> {
        match body {
            [DATA, fields @ ..] => Self::parse(fields).map(Some),
            _ => Ok(None),
        }
    }
}

impl<'a> Notification<'a> {
    /// Reads the body of a notification.
    ///
    /// # Errors
    /// If a field is missing.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        Ok(match reader.u8()? {
            EVENT => Self::Event(Event::read(reader)?),
            LOG => Self::Log(Log::read(reader)?),
            DATA => Self::Data(Data::read(reader)?),
            IP_DATA => Self::IpData(IpData::read(reader)?),
            HEALTH_REPORT => Self::HealthReport(HealthReport::read(reader)?),
            RADIOTEST_STATS_PER => Self::RadiotestStatsPer(Field::read(&mut reader)?),
            notification_type => Self::Unknown { notification_type, fields: reader.rest() },
        })
    }

    /// Octets of the body.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        1_usize.saturating_add(match self {
            Self::Event(event) => event.fields_len(),
            Self::Log(log) => log.buffer_len(),
            Self::Data(data) => data.buffer_len(),
            Self::IpData(ip_data) => ip_data.buffer_len(),
            Self::HealthReport(health_report) => health_report.buffer_len(),
            Self::RadiotestStatsPer(stats) => stats.buffer_len(),
            Self::Unknown { fields, .. } => fields.len(),
        })
    }

    /// Writes the body and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        let writer = Writer::new(buffer);
        match self {
            Self::Event(event) => event.write(writer.u8(EVENT)),
            Self::Log(log) => log.write(writer.u8(LOG)),
            Self::Data(data) => data.write(writer.u8(DATA)),
            Self::IpData(ip_data) => ip_data.write(writer.u8(IP_DATA)),
            Self::HealthReport(health_report) => health_report.write(writer.u8(HEALTH_REPORT)),
            Self::RadiotestStatsPer(stats) => stats.write(writer.u8(RADIOTEST_STATS_PER)),
            Self::Unknown { notification_type, fields } => {
                writer.u8(*notification_type).octets(fields)
            }
        }
        .finish()
    }
}
