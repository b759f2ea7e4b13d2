use nom::number::streaming::{be_i64, be_u32};

use crate::EmitError;
use crate::parser::Parsed;
use crate::writer::Writer;

const USECS_PER_SEC: u32 = 1_000_000;

/// A time on the manager's clock: seconds and microseconds since 1970-01-01, if that clock is set.
///
/// It seldom is: from a reset until someone sets it, the manager counts from 2002-07-02. Map it to
/// a clock that you trust before you publish it.
///
/// ```text
///  0   1   2   3   4   5   6   7   8   9  10  11
/// +---+---+---+---+---+---+---+---+---+---+---+---+
/// |         secs (signed)         |     usecs     |
/// +---+---+---+---+---+---+---+---+---+---+---+---+
/// ```
///
/// The microseconds are always below 1 000 000: a wire value at or above it carries into the
/// seconds, as it names an instant all the same. Arithmetic stops at [`MAX`](Self::MAX) rather than
/// overflow, which is 292 billion years away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timestamp {
    secs: i64,
    usecs: u32,
}

impl Timestamp {
    /// The last time there is.
    pub const MAX: Self = Self { secs: i64::MAX, usecs: 999_999 };

    pub(crate) const LEN: usize = 12;

    /// From seconds and microseconds, of which any above 999 999 are carried into the seconds.
    #[must_use]
    pub const fn new(secs: i64, usecs: u32) -> Self {
        if usecs < USECS_PER_SEC {
            return Self { secs, usecs };
        }
        // A `u32` of microseconds is at most 4294 seconds.
        match secs.checked_add_unsigned((usecs / USECS_PER_SEC) as u64) {
            Some(secs) => Self { secs, usecs: usecs % USECS_PER_SEC },
            None => Self::MAX,
        }
    }

    /// Whole seconds.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.secs
    }

    /// Microseconds into the second, 0 to 999 999.
    #[must_use]
    pub const fn usecs(self) -> u32 {
        self.usecs
    }

    /// All of it in microseconds, or `None` beyond the years −290 308 to 294 247.
    #[must_use]
    pub const fn checked_micros(self) -> Option<i64> {
        // Towards zero from a second later, so that the earliest times do not overflow on the way.
        let (secs, usecs) = if self.secs < 0 {
            (self.secs.saturating_add(1), (self.usecs as i64).wrapping_sub(USECS_PER_SEC as i64))
        } else {
            (self.secs, self.usecs as i64)
        };
        match secs.checked_mul(USECS_PER_SEC as i64) {
            Some(micros) => micros.checked_add(usecs),
            None => None,
        }
    }

    /// `millis` milliseconds later, or [`MAX`](Self::MAX).
    #[must_use]
    pub const fn saturating_add_millis(self, millis: u32) -> Self {
        // Both parts of the sum are below 1 000 000.
        let usecs = self.usecs.wrapping_add((millis % 1000).wrapping_mul(1000));
        match self.secs.checked_add_unsigned((millis / 1000) as u64) {
            Some(secs) => Self::new(secs, usecs),
            None => Self::MAX,
        }
    }

    pub(crate) fn parser(input: &[u8]) -> Parsed<'_, Self> {
        let (input, secs) = be_i64(input)?;
        let (input, usecs) = be_u32(input)?;
        Ok((input, Self::new(secs, usecs)))
    }

    pub(crate) fn emit(self, out: &mut Writer<'_>) -> Result<(), EmitError> {
        out.octets(&self.secs.to_be_bytes())?;
        out.u32(self.usecs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_carry() {
        assert_eq!(Timestamp::new(5, 999_999).usecs(), 999_999);
        assert_eq!(Timestamp::new(5, 1_000_000), Timestamp::new(6, 0));
        assert_eq!(Timestamp::new(-1, 1_500_000), Timestamp::new(0, 500_000));
        assert_eq!(Timestamp::new(0, u32::MAX), Timestamp::new(4294, 967_295));
        assert_eq!(Timestamp::new(i64::MAX, 1_000_000), Timestamp::MAX);
        assert_eq!(Timestamp::new(i64::MAX - 1, 1_000_000), Timestamp::new(i64::MAX, 0));
    }

    #[test]
    fn millis_carry() {
        let time = Timestamp::new(10, 999_999);
        assert_eq!(time.saturating_add_millis(0), time);
        assert_eq!(time.saturating_add_millis(1), Timestamp::new(11, 999));
        assert_eq!(time.saturating_add_millis(30_000), Timestamp::new(40, 999_999));
        assert_eq!(time.saturating_add_millis(u32::MAX), Timestamp::new(4_294_978, 294_999));
    }

    #[test]
    fn no_time_is_after_the_last() {
        let almost = Timestamp::new(i64::MAX, 0);
        assert_eq!(almost.saturating_add_millis(999), Timestamp::new(i64::MAX, 999_000));
        assert_eq!(almost.saturating_add_millis(1000), Timestamp::MAX);
        assert_eq!(Timestamp::MAX.saturating_add_millis(1), Timestamp::MAX);
        assert_eq!(Timestamp::MAX.saturating_add_millis(u32::MAX), Timestamp::MAX);
    }

    #[test]
    fn micros_reach_both_ends_of_an_i64() {
        let micros = |secs, usecs| Timestamp::new(secs, usecs).checked_micros();
        assert_eq!(micros(1_025_665_990, 396_979), Some(1_025_665_990_396_979));
        assert_eq!(micros(0, 0), Some(0));
        assert_eq!(micros(-1, 0), Some(-1_000_000));
        assert_eq!(micros(-1, 999_999), Some(-1));
        assert_eq!(micros(9_223_372_036_854, 775_807), Some(i64::MAX));
        assert_eq!(micros(9_223_372_036_854, 775_808), None);
        assert_eq!(micros(-9_223_372_036_855, 224_192), Some(i64::MIN));
        assert_eq!(micros(-9_223_372_036_855, 224_191), None);
        assert_eq!(micros(i64::MIN, 0), None);
        assert_eq!(micros(i64::MAX, 0), None);
    }

    #[test]
    fn order_is_that_of_time() {
        assert!(Timestamp::new(1, 2_000_000) > Timestamp::new(2, 999_999));
        assert!(Timestamp::new(-1, 0) < Timestamp::new(0, 0));
    }
}
