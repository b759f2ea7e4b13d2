use crate::ParseError;
use crate::field::Field;
use crate::reader::Reader;
use crate::writer::Writer;

/// A moment on the manager's clock, which it calls UTC.
///
/// ```text
/// | utcSecs (8) | utcUsecs (4) |
/// ```
///
/// **It is not the world's UTC** unless somebody has set it: at boot it starts at
/// [`UtcTime::BOOT`]. Map it to the host's clock with [`TimeInfo`](crate::TimeInfo).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UtcTime {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub secs: i64,
    /// Microseconds after that; below 1 000 000 from any sane manager.
    pub usecs: u32,
}

impl UtcTime {
    /// 2002-07-02T20:00:00 in a time zone seven hours behind UTC: where the manager's clock starts.
    pub const BOOT: Self = Self { secs: 1_025_665_200, usecs: 0 };

    /// Octets on the wire.
    pub const LEN: usize = 12;

    /// Microseconds since 1970-01-01T00:00:00Z, saturated at the bounds of the type.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.secs.saturating_mul(1_000_000).saturating_add(self.usecs as i64)
    }

    /// The moment this many microseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "0 to 999 999")]
    pub const fn from_micros(micros: i64) -> Self {
        let usecs = micros.rem_euclid(1_000_000) as u32;
        Self { secs: micros.div_euclid(1_000_000), usecs }
    }
}

impl Field for UtcTime {
    const LEN: usize = Self::LEN;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self { secs: Field::read(reader)?, usecs: reader.u32()? })
    }

    fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        self.secs.write(writer).u32(self.usecs)
    }
}
