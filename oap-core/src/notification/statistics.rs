use nom::Parser;
use nom::combinator::map_res;
use nom::number::streaming::{be_i16, be_u8, be_u32};

use super::SampleSize;
use crate::parser::Parsed;
use crate::writer::Writer;
use crate::{Address, EmitError, Timestamp};

/// Notification type 1: a summary of what a sensor measured.
///
/// ```text
///  0        4
/// +--------+---------+----------------+----------+------------+------------+
/// | header | address | timestamp (12) | rate (4) | numSamples | sampleSize |
/// +--------+---------+----------------+----------+------------+------------+
/// | min | max | average                            of sampleSize bits each |
/// +-----+-----+---------+- - - - - - - - - - - - - - - - - - - - - - - - - +
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Statistics<'a> {
    /// The sensor.
    pub address: Address<'a>,
    /// When, on the manager's clock.
    pub timestamp: Timestamp,
    /// Time between two samples, in ms.
    pub rate_ms: u32,
    /// How many samples are summed up.
    pub num_samples: u8,
    /// How wide the three values are; those of [`SampleSize::Bits8`] are 0 to 255.
    pub sample_size: SampleSize,
    /// The lowest sample, in the sensor's unit.
    pub min: i16,
    /// The highest sample.
    pub max: i16,
    /// The average of the samples.
    pub average: i16,
}

/// Rate, number of samples and sample size.
const FIXED_LEN: usize = 4 + 1 + 1;

impl<'a> Statistics<'a> {
    pub(crate) fn parser(input: &'a [u8]) -> Parsed<'a, Self> {
        let (input, address) = Address::parser(input)?;
        let (input, timestamp) = Timestamp::parser(input)?;
        let (input, rate_ms) = be_u32(input)?;
        let (input, num_samples) = be_u8(input)?;
        let (input, sample_size) = map_res(be_u8, SampleSize::try_from).parse(input)?;
        let value = |input: &'a [u8]| match sample_size {
            SampleSize::Bits8 => be_u8.map(i16::from).parse(input),
            SampleSize::Bits16 => be_i16(input),
        };
        let (input, (min, max, average)) = (value, value, value).parse(input)?;
        let statistics =
            Self { address, timestamp, rate_ms, num_samples, sample_size, min, max, average };
        Ok((input, statistics))
    }

    pub(crate) fn buffer_len(&self) -> usize {
        let values = self.sample_size.octets().saturating_mul(3);
        (Timestamp::LEN + FIXED_LEN)
            .saturating_add(self.address.to_tlv().buffer_len())
            .saturating_add(values)
    }

    pub(crate) fn emit(&self, out: &mut Writer<'_>) -> Result<(), EmitError> {
        self.address.to_tlv().emit(out)?;
        self.timestamp.emit(out)?;
        out.u32(self.rate_ms)?;
        out.octets(&[self.num_samples, self.sample_size.bits()])?;
        [self.min, self.max, self.average].into_iter().try_for_each(|value| {
            match self.sample_size {
                SampleSize::Bits8 => match u8::try_from(value) {
                    Ok(value) => out.u8(value),
                    Err(_) => Err(EmitError::StatisticOutOfRange { found: value }),
                },
                SampleSize::Bits16 => out.octets(&value.to_be_bytes()),
            }
        })
    }
}
