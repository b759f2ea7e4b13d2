use nom::Parser;
use nom::combinator::map_res;
use nom::number::streaming::{be_u8, be_u32};

use super::{SampleSize, SampleValues};
use crate::parser::{Parsed, octets};
use crate::writer::Writer;
use crate::{Address, EmitError, Temperature, Timestamp};

/// Notification type 0: what a sensor measured, one sample or several.
///
/// ```text
///  0        4
/// +--------+---------+----------------+----------+------------+------------+
/// | header | address | timestamp (12) | rate (4) | numSamples | sampleSize |
/// +--------+---------+----------------+----------+------------+------------+
/// | numSamples samples of sampleSize bits                                  |
/// +- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - +
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Samples<'a> {
    /// The sensor.
    pub address: Address<'a>,
    /// When the first sample was taken; for the others see [`iter`](Self::iter).
    pub timestamp: Timestamp,
    /// Time between two samples, in ms.
    pub rate_ms: u32,
    /// What was measured: hundredths of a degree Celsius from temperature, mV from analog, the
    /// level from digital_in.
    pub values: SampleValues<'a>,
}

/// A value and when it was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Sample {
    /// When, on the manager's clock.
    pub timestamp: Timestamp,
    /// What, in the sensor's unit.
    pub value: i16,
}

/// Rate, number of samples and sample size.
const FIXED_LEN: usize = 4 + 1 + 1;

impl<'a> Samples<'a> {
    /// The samples, each with its own time: sample *i* was taken *i* × `rate_ms` after
    /// `timestamp`, or at [`Timestamp::MAX`] if that is too late.
    ///
    /// The vendor's public documents do not say which sample the timestamp belongs to. That it is
    /// the first, and that the others follow at the rate, is inferred; it is decided here and
    /// nowhere else.
    pub fn iter(&self) -> impl Iterator<Item = Sample> + Clone + use<'a> {
        let rate_ms = self.rate_ms;
        let mut next = self.timestamp;
        self.values.iter().map(move |value| {
            let timestamp = next;
            next = timestamp.saturating_add_millis(rate_ms);
            Sample { timestamp, value }
        })
    }

    /// The samples as temperatures; none if the sensor is another.
    pub fn temperatures(&self) -> impl Iterator<Item = (Timestamp, Temperature)> + Clone + use<'a> {
        let is_temperature = self.address == Address::Temperature;
        self.iter()
            .take_while(move |_| is_temperature)
            .map(|sample| (sample.timestamp, Temperature::from_hundredths(sample.value)))
    }

    pub(crate) fn parser(input: &'a [u8]) -> Parsed<'a, Self> {
        let (input, address) = Address::parser(input)?;
        let (input, timestamp) = Timestamp::parser(input)?;
        let (input, rate_ms) = be_u32(input)?;
        let (input, num_samples) = be_u8(input)?;
        let (input, size) = map_res(be_u8, SampleSize::try_from).parse(input)?;
        let length = size.octets().saturating_mul(num_samples.into());
        let (input, values) = octets(length)(input)?;
        let values = SampleValues::from_octets(size, values);
        Ok((input, Self { address, timestamp, rate_ms, values }))
    }

    pub(crate) fn buffer_len(&self) -> usize {
        let octets = self.values.size().octets().saturating_mul(self.values.len());
        (Timestamp::LEN + FIXED_LEN)
            .saturating_add(self.address.to_tlv().buffer_len())
            .saturating_add(octets)
    }

    pub(crate) fn emit(&self, out: &mut Writer<'_>) -> Result<(), EmitError> {
        let found = self.values.len();
        let Ok(num_samples) = u8::try_from(found) else {
            return Err(EmitError::TooManySamples { found });
        };
        self.address.to_tlv().emit(out)?;
        self.timestamp.emit(out)?;
        out.u32(self.rate_ms)?;
        out.octets(&[num_samples, self.values.size().bits()])?;
        self.values.emit(out)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    const SAMPLES: Samples<'_> = Samples {
        address: Address::Temperature,
        timestamp: Timestamp::new(100, 900_000),
        rate_ms: 1500,
        values: SampleValues::bits16(&[-5, 0, 2297]),
    };

    #[test]
    fn samples_follow_the_first_at_the_rate() {
        let samples: Vec<_> = SAMPLES.iter().collect();
        let sample = |secs, usecs, value| Sample { timestamp: Timestamp::new(secs, usecs), value };
        assert_eq!(
            samples,
            [sample(100, 900_000, -5), sample(102, 400_000, 0), sample(103, 900_000, 2297)]
        );
    }

    #[test]
    fn temperatures_are_those_of_the_temperature_sensor() {
        let temperatures: Vec<_> = SAMPLES.temperatures().map(|(_, t)| t.hundredths()).collect();
        assert_eq!(temperatures, [-5, 0, 2297]);
        let analog = Samples { address: Address::Analog(0), ..SAMPLES };
        assert_eq!(analog.temperatures().count(), 0);
        assert_eq!(analog.iter().count(), 3);
    }

    #[test]
    fn time_stops_at_its_end() {
        let last = Samples { timestamp: Timestamp::MAX, rate_ms: u32::MAX, ..SAMPLES };
        assert!(last.iter().all(|sample| sample.timestamp == Timestamp::MAX));
    }
}
