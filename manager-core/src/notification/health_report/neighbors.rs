use super::items;
use crate::command::Rssi;
use crate::field::message;
use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, ParseError};

/// Block 0x81: the motes that a mote exchanges packets with.
///
/// ```text
/// | numItems (1) | neighbours (numItems × 10) |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Neighbors<'a> {
    items: &'a [u8],
}

message! {
    /// A mote that another exchanges packets with, as that one sees it.
    ///
    /// ```text
    /// | neighborId (2) | neighborFlag (1) | rssi (1) | numTxPackets (2) | numTxFailures (2)
    /// | numRxPackets (2) |
    /// ```
    pub struct Neighbor {
        /// The manager's short number of it.
        pub neighbor_id: u16,
        /// Not published; 0.
        pub neighbor_flag: u8,
        /// How strong it is heard.
        pub rssi: Rssi,
        /// Packets sent to it, each try counted.
        pub num_tx_packets: u16,
        /// Tries that were not acknowledged.
        pub num_tx_failures: u16,
        /// Packets received from it.
        pub num_rx_packets: u16,
    }
}

impl Neighbor {
    /// The share of tries that were acknowledged, 0 to 1; `None` if there was none.
    #[must_use]
    pub fn stability(&self) -> Option<f32> {
        let (tries, failures) = (f32::from(self.num_tx_packets), f32::from(self.num_tx_failures));
        (self.num_tx_packets > 0).then(|| (1.0 - failures / tries).max(0.0))
    }
}

impl<'a> Neighbors<'a> {
    /// Reads the block's body.
    ///
    /// # Errors
    /// If there are fewer neighbours than it declares.
    pub fn parse(body: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let count = reader.u8()?;
        Ok(Self { items: items::items::<Neighbor>(&mut reader, count)? })
    }

    /// A block with these neighbours, which are written into the buffer: 10 octets each.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn of(neighbors: &[Neighbor], buffer: &'a mut [u8]) -> Result<Self, EmitError> {
        Ok(Self { items: items::emit(neighbors, buffer)? })
    }

    /// The neighbours.
    pub fn iter(&self) -> impl Iterator<Item = Neighbor> + 'a {
        items::iterate(self.items)
    }

    pub(super) const fn buffer_len(&self) -> usize {
        1_usize.saturating_add(self.items.len())
    }

    pub(super) fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        writer.u8(items::count::<Neighbor>(self.items)).octets(self.items)
    }
}
