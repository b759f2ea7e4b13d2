//! Readings to send, each with an identity of its own.

use core::fmt::Write;

use ::readings::{Mac, Timestamp};

/// Motes among which single readings go round.
const MOTES: u64 = 50;

pub(crate) fn mac(mote: u64) -> Mac {
    Mac::from((0x0017_0d00_0030_0000 + mote).to_be_bytes())
}

/// The `n`th reading of a connection: (mac, time, temperature). A mote's come by one connection, as by one gateway.
pub(crate) fn nth(start: i64, connection: u64, n: u64) -> (Mac, Timestamp, f64) {
    let micros = start + i64::try_from(n).unwrap() * 1000 + i64::try_from(connection).unwrap();
    let temperature = 20.0 + f64::from(u32::try_from(n % 1000).unwrap()) / 100.0;
    (mac(connection), Timestamp::from_micros(micros), temperature)
}

/// Bodies of one reading each, as an old gateway sends them: without a time.
pub(crate) fn singles() -> Vec<String> {
    let single = |mote| format!(r#"{{"mac": "{}", "temperature": 22.97}}"#, mac(mote));
    (0..MOTES).map(single).collect()
}

/// The same, as an engine takes them.
pub(crate) fn single_lines() -> Vec<String> {
    (0..MOTES).map(|mote| format!("temperature,mac={} value=22.97", mac(mote))).collect()
}

/// As a gateway sends them.
pub(crate) fn batch(start: i64, connection: u64, numbers: impl Iterator<Item = u64>) -> Vec<u8> {
    batch_with(None, start, connection, numbers)
}

/// The same with a token.
pub(crate) fn batch_with(
    token: Option<&str>,
    start: i64,
    connection: u64,
    numbers: impl Iterator<Item = u64>,
) -> Vec<u8> {
    let mut body = String::from("[");
    for n in numbers {
        let (mac, time, temperature) = nth(start, connection, n);
        let separator = if body.len() > 1 { "," } else { "" };
        let _ = write!(
            body,
            r#"{separator}{{"mac":"{mac}","temperature":{temperature},"timestamp":"{time}"}}"#
        );
    }
    request("/api/v1/oap", token, &(body + "]"))
}

/// As an engine takes them.
pub(crate) fn lines(start: i64, connection: u64, numbers: impl Iterator<Item = u64>) -> Vec<u8> {
    let mut body = String::new();
    for n in numbers {
        let (mac, time, temperature) = nth(start, connection, n);
        let _ = writeln!(body, "temperature,mac={mac} value={temperature} {}", time.as_micros());
    }
    request("/write?db=grafana&precision=u", None, &body)
}

fn request(path: &str, token: Option<&str>, body: &str) -> Vec<u8> {
    let length = body.len();
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{token}\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
