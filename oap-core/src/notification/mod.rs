//! What motes report unasked, one kind a file.

mod digital_change;
mod locate_me;
mod pkgen;
mod sample_values;
mod samples;
mod statistics;

use nom::number::streaming::be_u8;

pub use digital_change::DigitalChange;
pub use locate_me::LocateMe;
pub use pkgen::PkGen;
pub use sample_values::{SampleSize, SampleValues};
pub use samples::{Sample, Samples};
pub use statistics::Statistics;

use crate::EmitError;
use crate::parser::Parsed;
use crate::writer::Writer;

/// What a mote reports unasked.
///
/// ```text
///  0        3      4
/// +--------+------+- - - -+
/// | header | type | body  |
/// +--------+------+- - - -+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Notification<'a> {
    /// 0: what a sensor measured.
    Samples(Samples<'a>),
    /// 1: a summary of what a sensor measured.
    Statistics(Statistics<'a>),
    /// 2: a digital input changed.
    DigitalChange(DigitalChange<'a>),
    /// 3: someone pressed the mote's button to have it found.
    LocateMe(LocateMe<'a>),
    /// 4: a packet of the packet generator.
    PkGen(PkGen<'a>),
    /// Any other.
    Unknown {
        /// The type. Not meant for 0 to 4, which would come back as the variants above.
        kind: u8,
        /// All octets behind it.
        payload: &'a [u8],
    },
}

const SAMPLES: u8 = 0;
const STATISTICS: u8 = 1;
const DIGITAL_CHANGE: u8 = 2;
const LOCATE_ME: u8 = 3;
const PKGEN: u8 = 4;

impl<'a> Notification<'a> {
    pub(crate) fn parser(input: &'a [u8]) -> Parsed<'a, Self> {
        let (input, kind) = be_u8(input)?;
        match kind {
            SAMPLES => {
                let (input, samples) = Samples::parser(input)?;
                Ok((input, Self::Samples(samples)))
            }
            STATISTICS => {
                let (input, statistics) = Statistics::parser(input)?;
                Ok((input, Self::Statistics(statistics)))
            }
            DIGITAL_CHANGE => {
                let (input, change) = DigitalChange::parser(input)?;
                Ok((input, Self::DigitalChange(change)))
            }
            LOCATE_ME => Ok((&[], Self::LocateMe(LocateMe { payload: input }))),
            PKGEN => {
                let (input, packet) = PkGen::parser(input)?;
                Ok((input, Self::PkGen(packet)))
            }
            kind => Ok((&[], Self::Unknown { kind, payload: input })),
        }
    }

    pub(crate) fn buffer_len(&self) -> usize {
        let body = match self {
            Self::Samples(samples) => samples.buffer_len(),
            Self::Statistics(statistics) => statistics.buffer_len(),
            Self::DigitalChange(change) => change.buffer_len(),
            Self::LocateMe(LocateMe { payload }) | Self::Unknown { payload, .. } => payload.len(),
            Self::PkGen(packet) => packet.buffer_len(),
        };
        body.saturating_add(1)
    }

    pub(crate) fn emit(&self, out: &mut Writer<'_>) -> Result<(), EmitError> {
        match self {
            Self::Samples(samples) => {
                out.u8(SAMPLES)?;
                samples.emit(out)
            }
            Self::Statistics(statistics) => {
                out.u8(STATISTICS)?;
                statistics.emit(out)
            }
            Self::DigitalChange(change) => {
                out.u8(DIGITAL_CHANGE)?;
                change.emit(out)
            }
            Self::LocateMe(LocateMe { payload }) => {
                out.u8(LOCATE_ME)?;
                out.octets(payload)
            }
            Self::PkGen(packet) => {
                out.u8(PKGEN)?;
                packet.emit(out)
            }
            Self::Unknown { kind, payload } => {
                out.u8(*kind)?;
                out.octets(payload)
            }
        }
    }
}
