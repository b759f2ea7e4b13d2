use crate::tag::sensor;
use crate::{ParseError, Temperature, Tlvs};

/// The fields of digital_in, analog and temperature in a list of TLVs, by name.
///
/// A field is `None` if it is not in the list or has no octets. No width is taken for granted:
/// digital_in sends its sample count in 2 octets and its value in 1 where the others do the
/// opposite, so a number is read in as many octets as it comes in, up to 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SensorFields<'a> {
    tlvs: Tlvs<'a>,
}

impl<'a> SensorFields<'a> {
    pub(crate) const fn new(tlvs: Tlvs<'a>) -> Self {
        Self { tlvs }
    }

    /// Whether the sensor reports.
    ///
    /// # Errors
    /// [`ParseError::FieldWidth`] if it is wider than 4 octets, here and below.
    pub fn enable(&self) -> Result<Option<bool>, ParseError> {
        Ok(self.unsigned(sensor::ENABLE)?.map(|enable| enable != 0))
    }

    /// Time between two samples, in ms.
    ///
    /// # Errors
    /// As [`enable`](Self::enable).
    pub fn rate_ms(&self) -> Result<Option<u32>, ParseError> {
        self.unsigned(sensor::RATE)
    }

    /// Samples in one notification.
    ///
    /// # Errors
    /// As [`enable`](Self::enable).
    pub fn sample_count(&self) -> Result<Option<u32>, ParseError> {
        self.unsigned(sensor::SAMPLE_COUNT)
    }

    /// What a notification carries, as the mote numbers it.
    ///
    /// # Errors
    /// As [`enable`](Self::enable).
    pub fn data_format(&self) -> Result<Option<u32>, ParseError> {
        self.unsigned(sensor::DATA_FORMAT)
    }

    /// The value now: a single octet is unsigned, more are signed, as in notifications.
    ///
    /// # Errors
    /// As [`enable`](Self::enable).
    pub fn value(&self) -> Result<Option<i32>, ParseError> {
        let Some(tlv) = self.tlvs.find(sensor::VALUE) else { return Ok(None) };
        match tlv.value() {
            &[octet] => Ok(Some(octet.into())),
            _ => tlv.signed(),
        }
    }

    /// The value now of the temperature sensor; `None` also if it is no temperature that a mote
    /// can measure, −327.68 to 327.67 °C.
    ///
    /// # Errors
    /// As [`enable`](Self::enable).
    pub fn temperature(&self) -> Result<Option<Temperature>, ParseError> {
        let hundredths = self.value()?.and_then(|value| i16::try_from(value).ok());
        Ok(hundredths.map(Temperature::from_hundredths))
    }

    fn unsigned(&self, tag: u8) -> Result<Option<u32>, ParseError> {
        self.tlvs.find(tag).map_or(Ok(None), |tlv| tlv.unsigned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_of_temperature() {
        let octets = [0, 1, 1, 1, 4, 0, 0, 0x75, 0x30, 2, 1, 1, 3, 1, 7, 4, 2, 0xFF, 0xFB];
        let tlvs = Tlvs::parse(&octets).unwrap();
        let fields = tlvs.sensor_fields();
        assert_eq!(fields.enable(), Ok(Some(true)));
        assert_eq!(fields.rate_ms(), Ok(Some(30_000)));
        assert_eq!(fields.sample_count(), Ok(Some(1)));
        assert_eq!(fields.data_format(), Ok(Some(7)));
        assert_eq!(fields.value(), Ok(Some(-5)));
        assert_eq!(fields.temperature(), Ok(Some(Temperature::from_hundredths(-5))));
    }

    /// The vendor's own client reads digital_in with the widths of the others.
    #[test]
    fn widths_of_digital_in() {
        let octets = [0, 1, 0, 2, 2, 0x01, 0x02, 4, 1, 0xFF];
        let tlvs = Tlvs::parse(&octets).unwrap();
        let fields = tlvs.sensor_fields();
        assert_eq!(fields.enable(), Ok(Some(false)));
        assert_eq!(fields.sample_count(), Ok(Some(0x0102)));
        assert_eq!(fields.value(), Ok(Some(0xFF)));
        assert_eq!(fields.rate_ms(), Ok(None));
    }

    #[test]
    fn a_field_without_octets_is_none() {
        let tlvs = Tlvs::parse(&[0, 0, 1, 0, 4, 0]).unwrap();
        let fields = tlvs.sensor_fields();
        assert_eq!(fields.enable(), Ok(None));
        assert_eq!(fields.rate_ms(), Ok(None));
        assert_eq!(fields.value(), Ok(None));
        assert_eq!(fields.temperature(), Ok(None));
    }

    #[test]
    fn a_field_too_wide_is_an_error() {
        let tlvs = Tlvs::parse(&[4, 5, 0, 0, 0, 0, 0, 1, 5, 0, 0, 0, 0, 0]).unwrap();
        let fields = tlvs.sensor_fields();
        assert_eq!(fields.value(), Err(ParseError::FieldWidth { tag: 4, found: 5 }));
        assert_eq!(fields.temperature(), Err(ParseError::FieldWidth { tag: 4, found: 5 }));
        assert_eq!(fields.rate_ms(), Err(ParseError::FieldWidth { tag: 1, found: 5 }));
    }

    #[test]
    fn a_value_beyond_16_bits_is_no_temperature() {
        let tlvs = Tlvs::parse(&[4, 4, 0, 0, 0x80, 0]).unwrap();
        assert_eq!(tlvs.sensor_fields().value(), Ok(Some(0x8000)));
        assert_eq!(tlvs.sensor_fields().temperature(), Ok(None));
    }
}
