use core::ops::RangeInclusive;
use core::time::Duration;

use readings::{ParseTimestampError, Timestamp};

/// The moments of the years 0000 to 9999, in µs after 1970.
const YEARS: RangeInclusive<i64> = -62_167_219_200_000_000..=253_402_300_799_999_999;

/// Reads a moment in RFC 3339, or a duration before `now` such as `-90m`.
///
/// ```
/// use clouddata_server::parse_moment;
/// use readings::Timestamp;
///
/// let now: Timestamp = "2026-11-23T10:00:00Z".parse()?;
/// assert_eq!(parse_moment("-90m", now), "2026-11-23T08:30:00Z".parse().map_err(|_| String::new()));
/// # Ok::<(), readings::ParseTimestampError>(())
/// ```
///
/// # Errors
/// A sentence that says what is expected.
pub fn parse_moment(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let moment = if let Some(duration) = text.strip_prefix('-')
        && let Ok(duration) = humantime::parse_duration(duration)
    {
        before(now, duration)
    } else {
        text.parse().map_err(|error: ParseTimestampError| {
            format!("{error}, nor a duration before now such as -90m")
        })?
    };
    if !YEARS.contains(&moment.as_micros()) {
        return Err("not a moment of the years 0 to 9999, which RFC 3339 can express".to_owned());
    }
    Ok(moment)
}

/// The moment so long before `now`.
pub(crate) fn before(now: Timestamp, duration: Duration) -> Timestamp {
    let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.as_micros().saturating_sub(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rfc_3339_cannot_express_is_no_moment() {
        let now = Timestamp::now();
        for text in [
            "-1000000y",
            "-3000y",
            "-000001-12-31T23:59:59Z",
            "-99999999999999y",
            "9999-12-31T23:59:59-00:01",
        ] {
            let error = parse_moment(text, now).unwrap_err();
            assert!(error.starts_with("not a moment"), "{error}");
        }
        for text in ["-2000y", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"] {
            let moment = parse_moment(text, now).unwrap().to_string();
            assert!(moment.len() == 27 && moment.parse::<Timestamp>().is_ok(), "{moment}");
        }
    }
}
