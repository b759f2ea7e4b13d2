use core::ops::BitOr;

use crate::ParseError;
use crate::field::{Field, message};
use crate::reader::Reader;
use crate::writer::Writer;

message! {
    /// `subscribe` (0x16): which notifications the manager sends from now on. It replaces the last
    /// one, and a new session starts with none.
    ///
    /// ```text
    /// | filter (4) | unackFilter (4) |
    /// ```
    pub struct Subscribe {
        /// Which to send.
        pub filter: NotificationMask,
        /// Which of those to send without waiting for an acknowledgement.
        pub unack_filter: NotificationMask,
    }
}

impl Subscribe {
    /// These notifications, each held by the manager until it is acknowledged.
    #[must_use]
    pub const fn reliably(filter: NotificationMask) -> Self {
        Self { filter, unack_filter: NotificationMask::NONE }
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
    /// [`Notification::RadiotestStatsPer`](crate::Notification::RadiotestStatsPer).
    pub const RADIOTEST_STATS_PER: Self = Self(0x80);

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

impl Field for NotificationMask {
    const LEN: usize = 4;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        reader.u32().map(Self)
    }

    fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        writer.u32(self.0)
    }
}
