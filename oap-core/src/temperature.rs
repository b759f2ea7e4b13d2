use core::fmt;

/// A temperature as motes send it, in hundredths of a degree Celsius: −327.68 to 327.67 °C.
///
/// It stays an integer until someone asks for a float, so a processor without a floating-point
/// unit can compare and print it at no cost.
///
/// ```
/// use oap_core::Temperature;
///
/// let temperature = Temperature::from_hundredths(2297);
/// assert_eq!(temperature.celsius(), 22.97);
/// assert_eq!(temperature.to_string(), "22.97");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Temperature(i16);

impl Temperature {
    /// From hundredths of a degree Celsius.
    #[must_use]
    pub const fn from_hundredths(hundredths: i16) -> Self {
        Self(hundredths)
    }

    /// Hundredths of a degree Celsius.
    #[must_use]
    pub const fn hundredths(self) -> i16 {
        self.0
    }

    /// Degrees Celsius: the `f64` nearest to the two decimals, the one that `22.97` is in source.
    #[must_use]
    pub fn celsius(self) -> f64 {
        // A division, since it rounds once; multiplying with 0.01, which is itself rounded, gives
        // neighbours of the right number.
        f64::from(self.0) / 100.0
    }

    /// Degrees Celsius: the `f32` nearest to the two decimals.
    #[must_use]
    pub fn celsius_f32(self) -> f32 {
        f32::from(self.0) / 100.0
    }
}

impl fmt::Display for Temperature {
    /// Degrees Celsius with two decimals and no unit, computed in integers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let hundredths = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString;

    use super::*;

    #[test]
    fn every_temperature_is_the_float_that_its_decimals_parse_to() {
        for hundredths in i16::MIN..=i16::MAX {
            let temperature = Temperature::from_hundredths(hundredths);
            let text = temperature.to_string();
            assert_eq!(text.parse(), Ok(temperature.celsius()));
            assert_eq!(text.parse(), Ok(temperature.celsius_f32()));
            assert_eq!(text, format!("{:.2}", temperature.celsius()));
            assert_eq!(temperature.hundredths(), hundredths);
        }
    }

    #[test]
    fn sign_survives_a_whole_part_of_zero() {
        assert_eq!(Temperature::from_hundredths(-5).to_string(), "-0.05");
        assert_eq!(Temperature::from_hundredths(i16::MIN).to_string(), "-327.68");
    }
}
