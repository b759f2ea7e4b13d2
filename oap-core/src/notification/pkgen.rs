use nom::number::streaming::be_u32;

use crate::parser::Parsed;
use crate::writer::Writer;
use crate::{Address, EmitError};

/// Notification type 4: a packet of the packet generator, which tests how much a network carries.
///
/// ```text
///  0        4
/// +--------+---------+---------+--------------+----------------+- - - - - - - - - -+
/// | header | address | pid (4) | startPid (4) | numPackets (4) | filler to the end |
/// +--------+---------+---------+--------------+----------------+- - - - - - - - - -+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PkGen<'a> {
    /// The packet generator.
    pub address: Address<'a>,
    /// Number of this packet.
    pub pid: u32,
    /// Number of the first packet.
    pub start_pid: u32,
    /// How many packets were asked for.
    pub num_packets: u32,
    /// Octets without meaning that make the packet as long as was asked for.
    pub filler: &'a [u8],
}

impl<'a> PkGen<'a> {
    pub(crate) fn parser(input: &'a [u8]) -> Parsed<'a, Self> {
        let (input, address) = Address::parser(input)?;
        let (input, pid) = be_u32(input)?;
        let (input, start_pid) = be_u32(input)?;
        let (filler, num_packets) = be_u32(input)?;
        Ok((&[], Self { address, pid, start_pid, num_packets, filler }))
    }

    pub(crate) const fn buffer_len(&self) -> usize {
        self.address.to_tlv().buffer_len().saturating_add(12).saturating_add(self.filler.len())
    }

    pub(crate) fn emit(&self, out: &mut Writer<'_>) -> Result<(), EmitError> {
        self.address.to_tlv().emit(out)?;
        out.u32(self.pid)?;
        out.u32(self.start_pid)?;
        out.u32(self.num_packets)?;
        out.octets(self.filler)
    }
}
