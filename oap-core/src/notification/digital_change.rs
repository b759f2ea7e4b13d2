use nom::number::streaming::be_u8;

use crate::parser::Parsed;
use crate::writer::Writer;
use crate::{Address, EmitError, Timestamp};

/// Notification type 2: a digital input changed.
///
/// ```text
///  0        4
/// +--------+---------+----------------+----------+
/// | header | address | timestamp (12) | newValue |
/// +--------+---------+----------------+----------+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DigitalChange<'a> {
    /// The input.
    pub address: Address<'a>,
    /// When, on the manager's clock.
    pub timestamp: Timestamp,
    /// Its level from then on: 0 or 1.
    pub new_value: u8,
}

impl<'a> DigitalChange<'a> {
    pub(crate) fn parser(input: &'a [u8]) -> Parsed<'a, Self> {
        let (input, address) = Address::parser(input)?;
        let (input, timestamp) = Timestamp::parser(input)?;
        let (input, new_value) = be_u8(input)?;
        Ok((input, Self { address, timestamp, new_value }))
    }

    pub(crate) const fn buffer_len(&self) -> usize {
        self.address.to_tlv().buffer_len().saturating_add(Timestamp::LEN + 1)
    }

    pub(crate) fn emit(&self, out: &mut Writer<'_>) -> Result<(), EmitError> {
        self.address.to_tlv().emit(out)?;
        self.timestamp.emit(out)?;
        out.u8(self.new_value)
    }
}
