use core::ops::BitOr;

use crate::reader::Reader;
use crate::writer::Writer;
use crate::{EmitError, ParseError};

/// `subscribe` (0x16): which notifications the manager sends from now on. It replaces the last
/// one, and a new session starts with none.
///
/// ```text
/// | filter (4) | unackFilter (4) |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Subscribe {
    /// Which to send.
    pub filter: NotificationMask,
    /// Which of those to send without waiting for an acknowledgement.
    pub unack_filter: NotificationMask,
}

impl Subscribe {
    /// These notifications, each held by the manager until it is acknowledged.
    #[must_use]
    pub const fn reliably(filter: NotificationMask) -> Self {
        Self { filter, unack_filter: NotificationMask::NONE }
    }

    /// Reads the body.
    ///
    /// # Errors
    /// If a field is missing.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(body);
        Ok(Self {
            filter: NotificationMask(reader.u32()?),
            unack_filter: NotificationMask(reader.u32()?),
        })
    }

    /// Octets of the body.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        8
    }

    /// Writes the body and returns its length.
    ///
    /// # Errors
    /// If the buffer is too small.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        Writer::new(buffer).u32(self.filter.0).u32(self.unack_filter.0).finish()
    }
}

/// A set of notification types, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NotificationMask(pub u32);

impl NotificationMask {
    /// No notifications.
    pub const NONE: Self = Self(0);
    /// [`Notification::Event`](crate::Notification::Event).
    pub const EVENT: Self = Self(0x02);
    /// [`Notification::Log`](crate::Notification::Log).
    pub const LOG: Self = Self(0x04);
    /// [`Notification::Data`](crate::Notification::Data).
    pub const DATA: Self = Self(0x10);
    /// [`Notification::IpData`](crate::Notification::IpData).
    pub const IP_DATA: Self = Self(0x20);
    /// [`Notification::HealthReport`](crate::Notification::HealthReport).
    pub const HEALTH_REPORT: Self = Self(0x40);

    /// Whether all of these are in the set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for NotificationMask {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
