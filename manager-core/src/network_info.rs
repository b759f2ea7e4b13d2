use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, ParseError};

/// The response to `getNetworkInfo` (0x40): how the mesh is doing.
///
/// ```text
/// | numMotes (2) | asnSize (2) | advertisementState (1) | downFrameState (1) | netReliability (1)
/// | netPathStability (1) | netLatency (4) | netState (1) | ipv6Address (16) | numLostPackets (4)
/// | numArrivedPackets (8) | maxNumbHops (1) |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NetworkInfo {
    /// Operational motes, the access point not counted.
    pub num_motes: u16,
    /// Length of a time slot, in µs.
    pub asn_size: u16,
    /// Whether the network advertises itself to joining motes; 0 is on.
    pub advertisement_state: u8,
    /// Whether the downstream frame is long; 0 is normal.
    pub down_frame_state: u8,
    /// Packets that arrived, in % of those sent.
    pub net_reliability: u8,
    /// Link transmissions that succeeded, in %.
    pub net_path_stability: u8,
    /// Mean time from mote to manager, in ms.
    pub net_latency: u32,
    /// 0 is operational.
    pub net_state: u8,
    /// The manager's IPv6 address.
    pub ipv6_address: [u8; 16],
    /// Packets lost since the statistics began.
    pub num_lost_packets: u32,
    /// Packets arrived since the statistics began.
    pub num_arrived_packets: u64,
    /// Most hops of any mote.
    pub max_numb_hops: u8,
}

impl NetworkInfo {
    /// Reads the response behind its response code.
    ///
    /// # Errors
    /// If a field is missing.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        Self::read(&mut Reader::new(body))
    }

    /// Octets of the response behind its response code.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        42
    }

    /// Writes the response behind its response code, and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        Writer::new(buffer)
            .u16(self.num_motes)
            .u16(self.asn_size)
            .octets(&[self.advertisement_state, self.down_frame_state])
            .octets(&[self.net_reliability, self.net_path_stability])
            .u32(self.net_latency)
            .u8(self.net_state)
            .octets(&self.ipv6_address)
            .u32(self.num_lost_packets)
            .octets(&self.num_arrived_packets.to_be_bytes())
            .u8(self.max_numb_hops)
            .finish()
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            num_motes: reader.u16()?,
            asn_size: reader.u16()?,
            advertisement_state: reader.u8()?,
            down_frame_state: reader.u8()?,
            net_reliability: reader.u8()?,
            net_path_stability: reader.u8()?,
            net_latency: reader.u32()?,
            net_state: reader.u8()?,
            ipv6_address: reader.array()?,
            num_lost_packets: reader.u32()?,
            num_arrived_packets: reader.array().map(u64::from_be_bytes)?,
            max_numb_hops: reader.u8()?,
        })
    }
}
