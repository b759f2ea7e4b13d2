use core::time::Duration;

use manager_core::{MacAddress, UtcTime};
use oap_core::Temperature;

/// A temperature that a mote has measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reading {
    /// The mote.
    pub mac_address: MacAddress,
    /// When, since time zero.
    pub measured: Duration,
    /// When, on the manager's clock, as the notification says.
    pub utc: UtcTime,
    /// What.
    pub temperature: Temperature,
}
