use super::items;
use crate::command::Rssi;
use crate::field::message;
use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, ParseError};

/// Block 0x82: the motes that a mote hears besides its neighbours: spare paths.
///
/// ```text
/// | numJoinParents (1) | numItems (1) | neighbours (numItems × 4) |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DiscoveredNeighbors<'a> {
    /// How many of them it could join by.
    pub num_join_parents: u8,
    items: &'a [u8],
}

message! {
    /// A mote that another hears.
    ///
    /// ```text
    /// | neighborId (2) | rssi (1) | numRx (1) |
    /// ```
    pub struct DiscoveredNeighbor {
        /// The manager's short number of it.
        pub neighbor_id: u16,
        /// How strong it is heard.
        pub rssi: Rssi,
        /// How often it was heard.
        pub num_rx: u8,
    }
}

impl<'a> DiscoveredNeighbors<'a> {
    /// Reads the block's body.
    ///
    /// # Errors
    /// If there are fewer neighbours than it declares.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let (num_join_parents, count) = (reader.u8()?, reader.u8()?);
        let items = items::items::<DiscoveredNeighbor>(&mut reader, count)?;
        Ok(Self { num_join_parents, items })
    }

    /// A block with these neighbours, which are written into the buffer: 4 octets each.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn of(
        num_join_parents: u8,
        neighbors: &[DiscoveredNeighbor],
        buffer: &'a mut [u8],
    ) -> Result<Self, EmitError> {
        Ok(Self { num_join_parents, items: items::emit(neighbors, buffer)? })
    }

    /// The neighbours.
    pub fn iter(&self) -> impl Iterator<Item = DiscoveredNeighbor> + 'a {
        items::iterate(self.items)
    }

    pub(super) const fn buffer_len(&self) -> usize {
        2_usize.saturating_add(self.items.len())
    }

    pub(super) fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        let count = items::count::<DiscoveredNeighbor>(self.items);
        writer.u8(self.num_join_parents).u8(count).octets(self.items)
    }
}
