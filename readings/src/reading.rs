use serde::{Deserialize, Serialize};

use crate::{Mac, Timestamp};

/// Lowest temperature that is accepted, in °C: absolute zero.
pub const MIN_TEMPERATURE: f64 = -273.15;

/// Highest temperature that is accepted, in °C: far above what a mote survives.
pub const MAX_TEMPERATURE: f64 = 1000.0;

/// One temperature of one mote at one moment.
///
/// Its identity is `(mac, timestamp)`: the same reading sent twice is stored once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The mote that measured.
    pub mac: Mac,
    /// In °C, finite, from [`MIN_TEMPERATURE`] to [`MAX_TEMPERATURE`].
    pub temperature: f64,
    /// When it was measured. A server stamps a reading without one with its time of reception, as
    /// the existing Python server does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
}
