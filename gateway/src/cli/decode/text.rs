//! How values are written, the same in every layer.

use manager_core::{MacAddress, ResponseCode, UtcTime};
use readings::Timestamp;

/// `7e 00 03`
pub(super) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ")
}

/// `00-17-0d-00-00-30-5d-39`
pub(super) fn mac(octets: &[u8]) -> String {
    <[u8; 8]>::try_from(octets).map_or_else(|_| hex(octets), |mac| MacAddress(mac).to_string())
}

/// A moment on the manager's clock.
pub(super) fn moment(secs: u64, usecs: u64) -> String {
    let utc = UtcTime { secs: secs.cast_signed(), usecs: u32::try_from(usecs).unwrap_or(u32::MAX) };
    format!("{} on the manager's clock", Timestamp::from_micros(utc.as_micros()))
}

/// `n` and its plural.
pub(super) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

pub(super) fn response_code(number: u64) -> String {
    let code = u8::try_from(number).map_or(ResponseCode::Unknown(u8::MAX), ResponseCode::from);
    match code {
        ResponseCode::Unknown(_) => code.to_string(),
        _ => format!("{number}, {code}"),
    }
}
