use core::time::Duration;

use fastrand::Rng;

/// What two fresh cells hold, in mC.
const CAPACITY: f64 = 2_200.0 * 3_600.0;

/// What a mote that only sleeps draws, in mC a second: 20 µA.
const SLEEP: f64 = 0.02;

/// What a packet takes, sent or received, in mC.
const EFFORT: f64 = 0.05;

/// Of fresh cells and of empty ones, in mV.
const FRESH: f64 = 3_250.0;
const EMPTY: f64 = 2_100.0;

/// A mote's supply.
#[derive(Clone, Copy, Debug)]
pub(super) struct Battery {
    /// Used before time zero, in mC.
    used_before: f64,
    /// Where the mote's own counter has begun, in mC.
    counted_from: f64,
}

impl Battery {
    /// One that has served for some weeks, or some years.
    pub(super) fn new(rng: &mut Rng) -> Self {
        let used_before = CAPACITY * 0.7 * rng.f64() * rng.f64();
        Self { used_before, counted_from: 0.0 }
    }

    /// The mote has forgotten what it has counted.
    pub(super) fn count_anew(&mut self, now: Duration, efforts: u64) {
        self.counted_from = self.used(now, efforts);
    }

    /// What the mote has counted, in mC.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    pub(super) fn charge(&self, now: Duration, efforts: u64) -> u32 {
        (self.used(now, efforts) - self.counted_from).floor() as u32
    }

    /// Its voltage in mV.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    pub(super) fn voltage(&self, now: Duration, efforts: u64) -> u16 {
        let used = (self.used(now, efforts) / CAPACITY).min(1.0);
        (FRESH - (FRESH - EMPTY) * used).round() as u16
    }

    #[expect(clippy::cast_precision_loss, reason = "some packets in a thousand billion")]
    fn used(&self, now: Duration, efforts: u64) -> f64 {
        self.used_before + SLEEP * now.as_secs_f64() + EFFORT * efforts as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: Duration = Duration::from_secs(365 * 86_400);

    #[test]
    fn charge_grows_and_voltage_falls() {
        for seed in 0..50 {
            let battery = Battery::new(&mut Rng::with_seed(seed));
            let (then, later) = (Duration::from_secs(60), YEAR);
            assert!(battery.charge(then, 100) < battery.charge(later, 20_000_000));
            assert!(battery.voltage(then, 100) > battery.voltage(later, 20_000_000));
            assert!((2100..=3250).contains(&battery.voltage(20 * YEAR, u64::MAX)));
        }
    }

    #[test]
    fn the_counter_begins_anew_and_the_cells_do_not() {
        let mut battery = Battery::new(&mut Rng::with_seed(3));
        let voltage = battery.voltage(YEAR, 1_000_000);
        battery.count_anew(YEAR, 1_000_000);
        assert_eq!(battery.charge(YEAR, 1_000_000), 0);
        assert_eq!(battery.voltage(YEAR, 1_000_000), voltage);
    }
}
