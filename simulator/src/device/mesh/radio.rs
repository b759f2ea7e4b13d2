//! How strong a signal arrives, and what that is worth.

use core::f64::consts::TAU;
use core::time::Duration;

use fastrand::Rng;

/// What is received one step away, in dBm, and how much less ten steps away.
const AT_ONE_STEP: f64 = -70.0;
const LOSS_PER_DECADE: f64 = 35.0;

/// Walls: how much better or worse than that a path is, in dB, at most.
const WALLS: f64 = 4.0;

/// How much the two directions of a path differ from their mean, in dB, at most.
const ASYMMETRY: f64 = 1.5;

/// Below this nothing is received, in dBm.
const SENSITIVITY: f64 = -91.0;

/// Half of the packets are received at this strength, in dBm.
const HALF: f64 = -80.0;

/// How fast that changes with the strength, in dB.
const SLOPE: f64 = 1.5;

/// What something that stands in the way takes, in dB.
const OBSTACLE: f64 = 14.0;

/// The air between two nodes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Radio {
    /// Mean of both directions.
    mean: f64,
    /// Half the difference between them.
    asymmetry: f64,
    /// How long people move about in it before they come back, in s, and where they are.
    period: f64,
    phase: f64,
    /// Something stands in the way until then.
    blocked_until: Duration,
}

impl Radio {
    /// What there is over this distance, in steps; `None` if nothing is received.
    pub(super) fn over(distance: f64, rng: &mut Rng) -> Option<Self> {
        let walls = WALLS * (rng.f64() + rng.f64() - 1.0);
        let asymmetry = ASYMMETRY * (2.0 * rng.f64() - 1.0);
        let (period, phase) = (1800.0 + 5400.0 * rng.f64(), rng.f64());
        let mean = AT_ONE_STEP - LOSS_PER_DECADE * distance.max(0.1).log10() + walls;
        (mean >= SENSITIVITY).then_some(Self {
            mean,
            asymmetry,
            period,
            phase,
            blocked_until: Duration::ZERO,
        })
    }

    /// Something gets in the way.
    pub(super) const fn block(&mut self, until: Duration) {
        self.blocked_until = until;
    }

    pub(super) fn is_blocked(&self, now: Duration) -> bool {
        now < self.blocked_until
    }

    /// Strength of what one end receives, in dBm: the first end or the second.
    pub(super) fn rssi(&self, end: usize, now: Duration) -> i8 {
        let asymmetry = if end == 0 { self.asymmetry } else { -self.asymmetry };
        // The same at the same time, whoever asks.
        let moment = (now.as_secs() / 10) ^ self.phase.to_bits() ^ end as u64;
        let noise = Rng::with_seed(moment).f64() * 2.0 - 1.0;
        #[expect(clippy::cast_possible_truncation, reason = "saturates, and is far from doing so")]
        let rssi = (self.strength(now) + asymmetry + noise).round() as i8;
        // 0 would mean that there is none.
        rssi.min(-1)
    }

    /// The share of packets that arrive and are acknowledged, 0 to 1.
    pub(super) fn stability(&self, now: Duration) -> f64 {
        // An acknowledgement has to get through as well, so the weaker direction decides.
        let weaker = self.strength(now) - self.asymmetry.abs();
        (1.0 / (1.0 + ((HALF - weaker) / SLOPE).exp())).clamp(0.02, 0.998)
    }

    fn strength(&self, now: Duration) -> f64 {
        let people = 1.0 * (TAU * (now.as_secs_f64() / self.period + self.phase)).sin();
        let obstacle = if self.is_blocked(now) { OBSTACLE } else { 0.0 };
        self.mean + people - obstacle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(5);

    fn radios(distance: f64) -> Vec<Radio> {
        (0..200).filter_map(|seed| Radio::over(distance, &mut Rng::with_seed(seed))).collect()
    }

    #[test]
    fn what_is_near_is_strong_and_stable_and_what_is_far_is_not() {
        let mean = |distance| {
            let radios = radios(distance);
            let sum: f64 = radios.iter().map(|radio| radio.stability(NOW)).sum();
            sum / radios.len() as f64
        };
        assert!(mean(0.5) > 0.98);
        assert!(mean(1.0) > 0.9);
        assert!((0.1..0.6).contains(&mean(2.0)));
        assert!(mean(3.0) < 0.15);
        assert!(radios(10.0).is_empty());
    }

    #[test]
    fn both_ends_hear_about_the_same() {
        for radio in radios(1.0) {
            let (one, other) = (radio.rssi(0, NOW), radio.rssi(1, NOW));
            assert!(one.abs_diff(other) <= 6, "{one} and {other}");
            assert!((-82..=-60).contains(&one), "{one}");
            assert_eq!(one, radio.rssi(0, NOW));
        }
    }

    #[test]
    fn an_obstacle_is_felt_while_it_is_there() {
        for mut radio in radios(1.0) {
            let before = radio.stability(NOW);
            radio.block(2 * NOW);
            assert!(radio.stability(NOW) < before * 0.7);
            assert!((radio.stability(3 * NOW) - before).abs() < 0.1);
        }
    }
}
