use heapless::Vec;

use crate::field::{Field, message};
use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, MacAddress, ParseError};

message! {
    /// `getMoteLinks` (0x46): a mote's links, at most ten at a time. The next request asks for `idx`
    /// plus the number that came, until [`EndOfList`](crate::ResponseCode::EndOfList).
    ///
    /// ```text
    /// | macAddress (8) | idx (2) |
    /// ```
    pub struct GetMoteLinks {
        /// The mote.
        pub mac_address: MacAddress,
        /// The first link wanted, from 0.
        pub idx: u16,
    }
}

/// The most links of one response.
pub const MAX_LINKS: usize = 10;

/// The response to `getMoteLinks` (0x46).
///
/// ```text
/// | idx (2) | utilization (1) | numLinks (1) | links (numLinks × 9) |
/// ```
///
/// A manager may fill the message up to ten links; those beyond `numLinks` are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MoteLinks {
    /// The first of these links.
    pub idx: u16,
    /// How much of its links the mote uses, on a scale that the vendor does not publish.
    pub utilization: u8,
    /// The links.
    pub links: Vec<MoteLink, MAX_LINKS>,
}

message! {
    /// A time slot and channel on which two motes meet.
    ///
    /// ```text
    /// | frameId (1) | slot (4) | channelOffset (1) | moteId (2) | flags (1) |
    /// ```
    pub struct MoteLink {
        /// The frame that it belongs to.
        pub frame_id: u8,
        /// Its slot there.
        pub slot: u32,
        /// Its channel offset.
        pub channel_offset: u8,
        /// The other mote.
        pub mote_id: u16,
        /// 0x01 transmit, 0x02 receive, 0x04 shared, 0x10 join, 0x20 advertisement, 0x40 discovery,
        /// 0x80 without detection of path failures.
        pub flags: u8,
    }
}

impl MoteLinks {
    /// Reads the response behind its response code.
    ///
    /// # Errors
    /// If a field is missing, or more links are declared than a response can have.
    pub fn parse(octets: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(octets);
        let (idx, utilization) = (reader.u16()?, reader.u8()?);
        let declared = usize::from(reader.u8()?);
        let mut links = Vec::new();
        for _ in 0..declared {
            let link = MoteLink::read(&mut reader)?;
            let too_many = |_| ParseError::LengthMismatch { declared, found: MAX_LINKS };
            links.push(link).map_err(too_many)?;
        }
        Ok(Self { idx, utilization, links })
    }

    /// Octets of the response behind its response code.
    #[must_use]
    pub fn buffer_len(&self) -> usize {
        4 + self.links.len() * MoteLink::LEN
    }

    /// Writes the response behind its response code, and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        #[expect(clippy::cast_possible_truncation, reason = "at most ten")]
        let count = self.links.len() as u8;
        let head = Writer::new(buffer).u16(self.idx).u8(self.utilization).u8(count);
        self.links.iter().fold(head, |writer, link| link.write(writer)).finish()
    }
}
