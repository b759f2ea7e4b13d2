use core::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use ureq::http::HeaderMap;

/// What a server asks to wait: so many seconds, or until a moment.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("Retry-After")?.to_str().ok()?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    // One that is over is no reason to wait.
    let seconds = moment(text)?.as_second().saturating_sub(Timestamp::now().as_second());
    Some(Duration::from_secs(seconds.try_into().unwrap_or_default()))
}

/// What a server's clock shows, to the second.
pub(super) fn date(headers: &HeaderMap) -> Option<readings::Timestamp> {
    let moment = moment(headers.get("Date")?.to_str().ok()?)?;
    Some(readings::Timestamp::from_micros(moment.as_microsecond()))
}

fn moment(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use ureq::http::HeaderValue;

    use super::*;

    fn wait(text: &str) -> Option<Duration> {
        let value = HeaderValue::from_str(text).unwrap();
        retry_after(&HeaderMap::from_iter([("Retry-After".parse().unwrap(), value)]))
    }

    #[test]
    fn a_server_asks_to_wait_for_seconds_or_until_a_moment() {
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let hour = Duration::from_secs(3600);
        let later = Timestamp::now() + hour;
        let later = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&later).unwrap();
        let waits = wait(&later).unwrap();
        assert!(waits <= hour && waits > hour / 2, "{later}: {waits:?}");
        assert_eq!(wait("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn a_servers_clock_is_read_to_the_second() {
        let value = HeaderValue::from_static("Thu, 01 Jan 1970 00:01:00 GMT");
        let headers = HeaderMap::from_iter([("Date".parse().unwrap(), value)]);
        assert_eq!(date(&headers), Some(readings::Timestamp::from_micros(60_000_000)));
    }
}
