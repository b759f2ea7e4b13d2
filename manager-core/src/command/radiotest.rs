//! Tests of the radio, for a manager that was booted to make them. Channels are bits: bit 0 is
//! channel 11 of IEEE 802.15.4.

use heapless::Vec;

use crate::field::{Field, message};
use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, ParseError};

/// The most packets of a sequence.
pub const MAX_SEQUENCE: usize = 10;

/// `radiotestTx` (0x23): sends packets.
///
/// ```text
/// | testType (1) | chanMask (2) | repeatCnt (2) | txPower (1) | seqSize (1)
/// | sequence (seqSize × 3) | stationId (1) |
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RadiotestTx {
    /// What is sent, in the vendor's numbers.
    pub test_type: u8,
    /// The channels.
    pub chan_mask: u16,
    /// How often the sequence is sent.
    pub repeat_cnt: u16,
    /// Transmit power in dBm.
    pub tx_power: i8,
    /// The packets.
    pub sequence: Vec<RadiotestPacket, MAX_SEQUENCE>,
    /// By what the receiver knows the sender.
    pub station_id: u8,
}

message! {
    /// A packet of a test.
    ///
    /// ```text
    /// | pkLen (1) | delay (2) |
    /// ```
    pub struct RadiotestPacket {
        /// Its octets.
        pub pk_len: u8,
        /// The pause behind it.
        pub delay: u16,
    }
}

impl RadiotestTx {
    /// Reads the body.
    ///
    /// # Errors
    /// If a field is missing, or more packets are declared than a sequence can have.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        let (test_type, chan_mask) = (reader.u8()?, reader.u16()?);
        let (repeat_cnt, tx_power) = (reader.u16()?, Field::read(&mut reader)?);
        let declared = usize::from(reader.u8()?);
        let mut sequence = Vec::new();
        for _ in 0..declared {
            let packet = RadiotestPacket::read(&mut reader)?;
            let too_many = |_| ParseError::LengthMismatch { declared, found: MAX_SEQUENCE };
            sequence.push(packet).map_err(too_many)?;
        }
        let station_id = reader.u8()?;
        Ok(Self { test_type, chan_mask, repeat_cnt, tx_power, sequence, station_id })
    }

    /// Octets of the body.
    #[must_use]
    pub fn buffer_len(&self) -> usize {
        8 + self.sequence.len() * RadiotestPacket::LEN
    }

    /// Writes the body and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        #[expect(clippy::cast_possible_truncation, reason = "at most ten")]
        let count = self.sequence.len() as u8;
        let head = Writer::new(buffer).u8(self.test_type).u16(self.chan_mask).u16(self.repeat_cnt);
        let head = self.tx_power.write(head).u8(count);
        let packets = self.sequence.iter().fold(head, |writer, packet| packet.write(writer));
        packets.u8(self.station_id).finish()
    }
}

message! {
    /// `radiotestRx` (0x25): counts packets.
    ///
    /// ```text
    /// | mask (2) | duration (2) | stationId (1) |
    /// ```
    pub struct RadiotestRx {
        /// The channel.
        pub mask: u16,
        /// For how long.
        pub duration: u16,
        /// The sender to listen to.
        pub station_id: u8,
    }
}

message! {
    /// The response to `getRadiotestStatistics` (0x26).
    ///
    /// ```text
    /// | rxOk (2) | rxFail (2) |
    /// ```
    pub struct RadiotestStatistics {
        /// Good packets.
        pub rx_ok: u16,
        /// Bad ones.
        pub rx_fail: u16,
    }
}

message! {
    /// `radiotestTxPER` (0x4B): sends packets for a test of the error rate.
    ///
    /// ```text
    /// | txPower (1) | numPackets (2) | chanMask (2) | numRepeat (2) |
    /// ```
    pub struct RadiotestTxPer {
        /// Transmit power in dBm.
        pub tx_power: i8,
        /// Packets in a round.
        pub num_packets: u16,
        /// The channels.
        pub chan_mask: u16,
        /// How many rounds.
        pub num_repeat: u16,
    }
}
