use crate::ParseError;
use crate::field::{Field, message};
use crate::reader::Reader;
use crate::writer::Writer;

message! {
    /// Block 0x80: the mote itself.
    ///
    /// ```text
    /// | charge (4) | queueOcc (1) | temperature (1) | batteryVoltage (2) | numTxOk (2)
    /// | numTxFail (2) | numRxOk (2) | numRxLost (2) | numMacDropped (1) | numTxBad (1)
    /// | badLinkFrameId (1) | badLinkSlot (4) | badLinkOffset (1) | numNetMicErr (1)
    /// | numMacMicErr (1) | numMacCrcErr (1) |
    /// ```
    ///
    /// Motes before 1.4 send nothing behind the bad link.
    #[derive(Default)]
    #[non_exhaustive]
    pub struct DeviceReport {
        /// Charge that the mote has used in its life, in mC. Less than before means that it has
        /// begun anew.
        pub charge: u32,
        /// How full its queue was.
        pub queue_occ: QueueOccupancy,
        /// Temperature in °C.
        pub temperature: i8,
        /// Supply in mV.
        pub battery_voltage: u16,
        /// Packets given to the radio.
        pub num_tx_ok: u16,
        /// Packets that were not, for want of room.
        pub num_tx_fail: u16,
        /// Packets received.
        pub num_rx_ok: u16,
        /// Packets received and discarded.
        pub num_rx_lost: u16,
        /// Packets that the radio dropped: too often tried, too old, without a way.
        pub num_mac_dropped: u8,
        /// The link that failed most; see [`bad_link`](Self::bad_link).
        pub worst_link: BadLink,
        appended:
        /// Packets for this mote that could not be decrypted.
        pub num_net_mic_err: Option<u8>,
        /// Packets that were not what they claim to be.
        pub num_mac_mic_err: Option<u8>,
        /// Packets with a wrong checksum.
        pub num_mac_crc_err: Option<u8>,
    }
}

impl DeviceReport {
    /// The link that failed most, if any did.
    #[must_use]
    pub fn bad_link(&self) -> Option<BadLink> {
        (self.worst_link != BadLink::default()).then_some(self.worst_link)
    }
}

message! {
    /// A link that fails.
    ///
    /// ```text
    /// | numTxBad (1) | badLinkFrameId (1) | badLinkSlot (4) | badLinkOffset (1) |
    /// ```
    #[derive(Default)]
    pub struct BadLink {
        /// Transmissions that failed.
        pub num_tx_bad: u8,
        /// Its frame.
        pub frame_id: u8,
        /// Its slot there.
        pub slot: u32,
        /// Its channel offset.
        pub offset: u8,
    }
}

/// How full a queue was: its mean and its most, in packets, four bits each.
///
/// Which half is which is not published without contradiction, so the larger is taken for the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct QueueOccupancy(pub u8);

impl QueueOccupancy {
    const fn halves(self) -> (u8, u8) {
        (self.0 >> 4, self.0 & 0x0F)
    }

    /// The mean.
    #[must_use]
    pub fn mean(self) -> u8 {
        let (high, low) = self.halves();
        high.min(low)
    }

    /// The most.
    #[must_use]
    pub fn max(self) -> u8 {
        let (high, low) = self.halves();
        high.max(low)
    }
}

impl Field for QueueOccupancy {
    const LEN: usize = 1;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        reader.u8().map(Self)
    }

    fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        writer.u8(self.0)
    }
}
