use core::fmt;
use core::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use jiff::{SignedDuration, tz};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// A moment in UTC, in whole microseconds since 1970-01-01T00:00:00Z.
///
/// In text it is RFC 3339, written with six decimals and `Z`; any offset is accepted when parsing.
/// Together with the mac it is a reading's identity, so finer decimals are cut off, not rounded:
/// the same text always gives the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `micros` microseconds after (before, if negative) the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The host's clock, now.
    #[must_use]
    pub fn now() -> Self {
        SystemTime::now().into()
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let micros = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros)
            }
        };
        Self(micros)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339. A moment that its four-digit years cannot express is shown as microseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Ok(timestamp) = jiff::Timestamp::from_microsecond(self.0) {
            return write!(f, "{timestamp:.6}");
        }
        match EPOCH.checked_add(SignedDuration::from_micros(self.0)) {
            Ok(last_day) => write!(f, "{last_day:.6}Z"),
            Err(_) => write!(f, "{} µs after 1970", self.0),
        }
    }
}

/// Where the count begins. jiff's own moments end a day before the last that RFC 3339 can express,
/// so that each has a date in every time zone; its dates without a zone do not.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// What a text that is no moment to jiff comes to after 1970: one of the first or last day.
fn last_day(text: &str) -> Option<SignedDuration> {
    let pieces = Pieces::parse(text).ok()?;
    let offset = pieces.to_numeric_offset()?;
    let local = pieces.date().to_datetime(pieces.time()?);
    Some(local.duration_since(EPOCH) - offset.duration_since(tz::Offset::UTC))
}

/// The text is not a moment in RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a moment in RFC 3339 such as 2026-11-23T10:00:00.396979Z")]
pub struct ParseTimestampError;

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, ParseTimestampError> {
        let since = match text.parse::<jiff::Timestamp>() {
            Ok(moment) => moment.as_duration(),
            Err(_) => last_day(text).ok_or(ParseTimestampError)?,
        };
        // Before 1970 both parts are negative.
        let finer = i64::from(since.subsec_nanos().div_euclid(1000));
        Ok(Self(since.as_secs() * 1_000_000 + finer))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    #[test]
    fn text_has_microseconds_and_comes_back_the_same() {
        let moment = Timestamp::from_micros(1_025_665_990_396_979);
        assert_eq!(moment.to_string(), "2002-07-03T03:13:10.396979Z");
        assert_eq!(moment.to_string().parse(), Ok(moment));
        assert_eq!(Timestamp::from_micros(0).to_string(), "1970-01-01T00:00:00.000000Z");
    }

    #[test]
    fn offsets_are_understood_and_finer_decimals_cut_off() {
        let moment = Timestamp::from_micros(1_000_001);
        for text in ["1970-01-01T00:00:01.000001Z", "1970-01-01T02:00:01.0000019+02:00"] {
            assert_eq!(text.parse(), Ok(moment), "{text}");
        }
        assert_eq!("1969-12-31T23:59:59.9999999Z".parse(), Ok(Timestamp::from_micros(-1)));
    }

    #[test]
    fn the_last_day_of_rfc_3339_is_a_moment_too() {
        for (text, micros) in [
            ("9999-12-30T21:59:59.999999Z", 253_402_207_199_999_999),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
            ("0000-01-01T00:00:00.000000Z", -62_167_219_200_000_000),
        ] {
            let moment = Timestamp::from_micros(micros);
            assert_eq!(text.parse(), Ok(moment), "{text}");
            assert_eq!(moment.to_string(), text);
        }
        let elsewhere = "9999-12-31T18:59:59.9999999-05:00".parse();
        assert_eq!(elsewhere, Ok(Timestamp::from_micros(253_402_300_799_999_999)));
        assert_eq!(
            Timestamp::from_micros(253_402_300_800_000_000).to_string(),
            "253402300800000000 µs after 1970"
        );
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-11-23T10:00:00",
            "1700000000",
            "9999-12-31T23:59:59",
            "9999-12-31",
            "9999-12-32T00:00:00Z",
            "9999-12-31T23:59:59[Europe/Paris]",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(ParseTimestampError), "{text}");
        }
    }

    #[test]
    fn the_hosts_clock_on_either_side_of_the_epoch() {
        let second = Duration::from_secs(1);
        assert_eq!(Timestamp::from(UNIX_EPOCH + second).as_micros(), 1_000_000);
        assert_eq!(Timestamp::from(UNIX_EPOCH - second).as_micros(), -1_000_000);
    }
}
