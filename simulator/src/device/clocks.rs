use core::time::Duration;

use manager_core::{TimeInfo, UtcTime};

use super::{Clock, Settings};

/// Length of a time slot of the mesh, in µs.
pub(super) const SLOT_MICROS: u16 = 7250;

/// The manager's clocks since it booted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    booted: Duration,
    utc_at_boot: i64,
}

impl Clocks {
    pub(super) fn boot(now: Duration, settings: &Settings) -> Self {
        let utc_at_boot = match settings.clock {
            Clock::Year2002 => UtcTime::BOOT.as_micros(),
            Clock::Utc => settings.origin.as_micros().saturating_add(micros(now)),
        };
        Self { booted: now, utc_at_boot }
    }

    /// Somebody has said what UTC is.
    pub(super) fn set_utc(&mut self, now: Duration, utc: UtcTime) {
        self.utc_at_boot = utc.as_micros().saturating_sub(micros(self.uptime(now)));
    }

    /// What the manager calls UTC.
    pub(super) fn utc(&self, now: Duration) -> UtcTime {
        UtcTime::from_micros(self.utc_at_boot.saturating_add(micros(self.uptime(now))))
    }

    pub(super) fn time_info(&self, now: Duration) -> TimeInfo {
        let uptime = self.uptime(now);
        let slot = u64::from(SLOT_MICROS);
        let micros = u64::try_from(uptime.as_micros()).unwrap_or(u64::MAX);
        let [_, _, _, asn @ ..] = (micros / slot).to_be_bytes();
        TimeInfo {
            uptime: u32::try_from(uptime.as_secs()).unwrap_or(u32::MAX),
            utc: self.utc(now),
            asn,
            asn_offset: u16::try_from(micros % slot).unwrap_or_default(),
        }
    }

    fn uptime(&self, now: Duration) -> Duration {
        now.saturating_sub(self.booted)
    }
}

pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asn(time: TimeInfo) -> u64 {
        time.asn.iter().fold(0, |asn, &octet| asn << 8 | u64::from(octet))
    }

    #[test]
    fn the_clock_starts_in_2002_at_every_boot() {
        let settings =
            Settings { origin: UtcTime { secs: 1_700_000_000, usecs: 5 }, ..Settings::default() };
        for booted in [0, 86_400] {
            let clocks = Clocks::boot(Duration::from_secs(booted), &settings);
            let now = Duration::from_secs(booted) + Duration::from_micros(72_500_001);
            let time = clocks.time_info(now);
            assert_eq!(time.uptime, 72);
            assert_eq!(time.utc, UtcTime { secs: UtcTime::BOOT.secs + 72, usecs: 500_001 });
            assert_eq!((asn(time), time.asn_offset), (10_000, 1));
        }
    }

    #[test]
    fn a_set_clock_goes_on_across_boots() {
        let origin = UtcTime { secs: 1_700_000_000, usecs: 5 };
        let settings = Settings { origin, clock: Clock::Utc, ..Settings::default() };
        for booted in [0, 50] {
            let clocks = Clocks::boot(Duration::from_secs(booted), &settings);
            let time = clocks.time_info(Duration::from_secs(60));
            assert_eq!(time.utc, UtcTime { secs: 1_700_000_060, usecs: 5 });
            assert_eq!(u64::from(time.uptime), 60 - booted);
        }
    }

    #[test]
    fn the_slot_number_takes_five_octets() {
        let clocks = Clocks::boot(Duration::ZERO, &Settings::default());
        let slots = 0x12_3456_789A;
        let time = clocks.time_info(Duration::from_micros(slots * u64::from(SLOT_MICROS)));
        assert_eq!(asn(time), slots);
    }
}
