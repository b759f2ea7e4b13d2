use super::items;
use crate::EmitError;
use crate::command::Rssi;
use crate::field::message;
use crate::writer::Writer;

/// Block 0x91, extended report 1: what a mote heard on each channel, the first of which is channel
/// 11 of IEEE 802.15.4.
///
/// ```text
/// | extType (1) | extLength (1) | channels (15 × 5) |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Channels<'a> {
    items: &'a [u8],
}

message! {
    /// What a mote heard on a channel.
    ///
    /// ```text
    /// | idleRssi (1) | txUnicastAttempts (2) | txUnicastFailures (2) |
    /// ```
    pub struct ChannelReport {
        /// How strong others are while nobody of the network sends.
        pub idle_rssi: Rssi,
        /// Packets sent, each try counted.
        pub tx_unicast_attempts: u16,
        /// Tries that were not acknowledged.
        pub tx_unicast_failures: u16,
    }
}

impl<'a> Channels<'a> {
    pub(super) const fn parse(items: &'a [u8]) -> Self {
        Self { items }
    }

    /// A block with these channels, which are written into the buffer: 5 octets each.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn of(channels: &[ChannelReport], buffer: &'a mut [u8]) -> Result<Self, EmitError> {
        Ok(Self { items: items::emit(channels, buffer)? })
    }

    /// The channels in their order; 15 from today's motes.
    pub fn iter(&self) -> impl Iterator<Item = ChannelReport> + 'a {
        items::iterate(self.items)
    }

    pub(super) const fn buffer_len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        writer.octets(self.items)
    }
}
