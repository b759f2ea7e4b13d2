use super::{Channels, DeviceReport, DiscoveredNeighbors, Neighbors};
use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, ParseError};

const DEVICE: u8 = 0x80;
const NEIGHBORS: u8 = 0x81;
const DISCOVERED_NEIGHBORS: u8 = 0x82;
const EXTENDED: u8 = 0x91;

/// The extended report of what was heard on each channel.
const CHANNELS: u8 = 1;

/// A part of a health report.
///
/// ```text
/// | id (1) | length (1) | body (length) |
/// ```
///
/// Its counters are of the last interval, not since the boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Block<'a> {
    /// 0x80: the mote itself.
    Device(DeviceReport),
    /// 0x81: the motes that it exchanges packets with.
    Neighbors(Neighbors<'a>),
    /// 0x82: the motes that it hears besides.
    DiscoveredNeighbors(DiscoveredNeighbors<'a>),
    /// 0x91, extended report 1: what it heard on each channel.
    Channels(Channels<'a>),
    /// A block that this crate does not know, or an extended report that it does not.
    Unknown {
        /// Its number.
        id: u8,
        /// Its content.
        body: &'a [u8],
    },
}

impl<'a> Block<'a> {
    /// Reads the body of the block with this number.
    ///
    /// # Errors
    /// If a field is missing.
    pub fn parse(id: u8, body: &'a [u8]) -> Result<Self, ParseError> {
        Ok(match (id, body) {
            (DEVICE, _) => Self::Device(DeviceReport::parse(body)?),
            (NEIGHBORS, _) => Self::Neighbors(Neighbors::parse(body)?),
            (DISCOVERED_NEIGHBORS, _) => {
                Self::DiscoveredNeighbors(DiscoveredNeighbors::parse(body)?)
            }
            (EXTENDED, [CHANNELS, length, channels @ ..]) => {
                let (declared, found) = (usize::from(*length), channels.len());
                if declared != found {
                    return Err(ParseError::LengthMismatch { declared, found });
                }
                Self::Channels(Channels::parse(channels))
            }
            _ => Self::Unknown { id, body },
        })
    }

    /// Its number.
    #[must_use]
    pub const fn id(&self) -> u8 {
        match self {
            Self::Device(_) => DEVICE,
            Self::Neighbors(_) => NEIGHBORS,
            Self::DiscoveredNeighbors(_) => DISCOVERED_NEIGHBORS,
            Self::Channels(_) => EXTENDED,
            Self::Unknown { id, .. } => *id,
        }
    }

    /// Octets of the whole block.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        2_usize.saturating_add(self.body_len())
    }

    /// Writes the whole block and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small, or the body longer than a block can declare.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        let found = self.body_len();
        let length = u8::try_from(found).map_err(|_| EmitError::BodyTooLong { found })?;
        let writer = Writer::new(buffer).u8(self.id()).u8(length);
        match self {
            Self::Device(device) => crate::field::Field::write(device, writer),
            Self::Neighbors(neighbors) => neighbors.write(writer),
            Self::DiscoveredNeighbors(neighbors) => neighbors.write(writer),
            // Two octets of the length are the extended report's own head.
            Self::Channels(channels) => {
                channels.write(writer.u8(CHANNELS).u8(length.saturating_sub(2)))
            }
            Self::Unknown { body, .. } => writer.octets(body),
        }
        .finish()
    }

    const fn body_len(&self) -> usize {
        match self {
            Self::Device(device) => device.buffer_len(),
            Self::Neighbors(neighbors) => neighbors.buffer_len(),
            Self::DiscoveredNeighbors(neighbors) => neighbors.buffer_len(),
            Self::Channels(channels) => 2_usize.saturating_add(channels.buffer_len()),
            Self::Unknown { body, .. } => body.len(),
        }
    }
}

/// The blocks of a health report, one after the other. A faulty one does not hide those behind it,
/// unless it goes beyond the end.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Blocks<'a> {
    rest: &'a [u8],
}

impl<'a> Blocks<'a> {
    pub(super) const fn new(payload: &'a [u8]) -> Self {
        Self { rest: payload }
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Result<Block<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let mut reader = Reader::new(self.rest);
        // What is cut short is the last.
        self.rest = &[];
        let head = (|| {
            let (id, length) = (reader.u8()?, reader.u8()?);
            Ok((id, reader.octets(length.into())?))
        })();
        self.rest = if head.is_ok() { reader.rest() } else { &[] };
        Some(head.and_then(|(id, body)| Block::parse(id, body)))
    }
}
