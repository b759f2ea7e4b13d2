use core::f64::consts::TAU;
use core::time::Duration;

use fastrand::Rng;
use oap_core::Temperature;

const DAY: f64 = 86_400.0;

/// How fast the air at a mote forgets that somebody has opened a window, in seconds.
const DRAUGHT_MEMORY: f64 = 600.0;

/// A plausible temperature at one mote: warmest in the afternoon, coldest before dawn, drifting
/// by some tenths within minutes, with a little noise in each measurement.
#[derive(Clone, Debug)]
pub(super) struct Thermometer {
    rng: Rng,
    /// Seconds since midnight at time zero.
    time_of_day: f64,
    mean: f64,
    daily_swing: f64,
    warmest_at: f64,
    drift: f64,
    drifted_at: Duration,
}

impl Thermometer {
    pub(super) fn new(mut rng: Rng, time_of_day: f64) -> Self {
        let mean = between(&mut rng, 19.0, 25.0);
        let daily_swing = between(&mut rng, 0.5, 3.0);
        let warmest_at = between(&mut rng, 14.0, 17.0) * 3600.0;
        let drift = between(&mut rng, -0.3, 0.3);
        Self { rng, time_of_day, mean, daily_swing, warmest_at, drift, drifted_at: Duration::ZERO }
    }

    pub(super) fn measure(&mut self, now: Duration) -> Temperature {
        let elapsed = now.saturating_sub(self.drifted_at).as_secs_f64();
        self.drifted_at = now;
        let memory = (-elapsed / DRAUGHT_MEMORY).exp();
        let spread = 0.3 * (1.0 - memory * memory).sqrt();
        self.drift = self.drift * memory + spread * bell(&mut self.rng);
        let phase = (self.time_of_day + now.as_secs_f64() - self.warmest_at) / DAY;
        let daily = self.daily_swing * (TAU * phase).cos();
        let noise = 0.015 * bell(&mut self.rng);
        let celsius = self.mean + daily + self.drift + noise;
        #[expect(clippy::cast_possible_truncation, reason = "saturates, and is far from doing so")]
        Temperature::from_hundredths((celsius * 100.0).round() as i16)
    }
}

fn between(rng: &mut Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.f64()
}

/// Close enough to a normal distribution around 0 with a deviation of 1, and never beyond ±6.
fn bell(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thermometer(seed: u64) -> Thermometer {
        Thermometer::new(Rng::with_seed(seed), 0.0)
    }

    #[test]
    fn a_second_changes_little() {
        for seed in 0..20 {
            let mut thermometer = thermometer(seed);
            let mut last = thermometer.measure(Duration::ZERO).hundredths();
            for second in 1..10_000 {
                let next = thermometer.measure(Duration::from_secs(second)).hundredths();
                assert!(next.abs_diff(last) < 40, "from {last} to {next}");
                last = next;
            }
        }
    }

    #[test]
    fn a_day_is_plausible_and_warmest_in_the_afternoon() {
        for seed in 0..20 {
            let mut thermometer = thermometer(seed);
            let hourly: Vec<_> = (0..24 * 60)
                .map(|minute| thermometer.measure(Duration::from_secs(60 * minute)).hundredths())
                .collect::<Vec<_>>()
                .chunks(60)
                .map(|hour| hour.iter().map(|&value| i32::from(value)).sum::<i32>() / 60)
                .collect();
            assert!(hourly.iter().all(|&mean| (1000..3500).contains(&mean)), "{hourly:?}");
            assert!(hourly[15] > hourly[3], "{hourly:?}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_temperatures() {
        let run = |seed| {
            let mut thermometer = thermometer(seed);
            (0..100).map(|s| thermometer.measure(Duration::from_secs(s))).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }
}
