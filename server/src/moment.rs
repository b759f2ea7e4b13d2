use core::time::Duration;

use readings::{ParseTimestampError, Timestamp};

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
    if let Some(duration) = text.strip_prefix('-')
        && let Ok(duration) = humantime::parse_duration(duration)
    {
        return Ok(before(now, duration));
    }
    text.parse().map_err(|error: ParseTimestampError| {
        format!("{error}, nor a duration before now such as -90m")
    })
}

/// The moment so long before `now`.
pub(crate) fn before(now: Timestamp, duration: Duration) -> Timestamp {
    let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.as_micros().saturating_sub(micros))
}
