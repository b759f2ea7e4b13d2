use std::time::Instant;

use readings::Timestamp;

/// Microseconds: a duration, or a moment on the server's own axis, which begins with the server
/// and goes on evenly whatever is done to the wall clock. What was before is negative.
pub(super) type Micros = i64;

pub(super) const SECOND: Micros = 1_000_000;

/// The wall clock may be off the axis by so much: it is being slewed.
const SLEW: Micros = SECOND;

/// How long a wall clock that was stepped must stay as it is before it is believed. Whoever set it
/// wrongly may set it back, and what the readings' times are compared with should not move twice.
const BELIEVED_AFTER: Micros = 600 * SECOND;

/// Reads wall-clock times off the server's axis.
#[derive(Debug)]
pub(super) struct Wall {
    begun: Instant,
    /// Wall-clock time of the axis' zero.
    zero: Micros,
    /// How far the wall clock was stepped away from this, and when that was seen.
    stepped: Option<(Micros, Micros)>,
}

impl Wall {
    pub(super) fn new(begun: Instant, wall: Timestamp) -> Self {
        Self { begun, zero: wall.as_micros(), stepped: None }
    }

    /// A moment on the axis.
    pub(super) fn moment(&self, instant: Instant) -> Micros {
        let micros = |duration: core::time::Duration| {
            Micros::try_from(duration.as_micros()).unwrap_or(Micros::MAX)
        };
        match instant.checked_duration_since(self.begun) {
            Some(after) => micros(after),
            None => -micros(self.begun.duration_since(instant)),
        }
    }

    /// The wall-clock time of a moment.
    pub(super) fn time(&self, moment: Micros) -> Timestamp {
        Timestamp::from_micros(self.zero.saturating_add(moment))
    }

    /// The moment of a wall-clock time.
    pub(super) fn moment_of(&self, time: Timestamp) -> Micros {
        time.as_micros().saturating_sub(self.zero)
    }

    /// Compares it with the wall clock, now and then.
    pub(super) fn compare(&mut self, now: Micros, wall: Timestamp) {
        let off = wall.as_micros().saturating_sub(self.zero.saturating_add(now));
        let follow = match self.stepped {
            _ if off.abs() <= SLEW => true,
            Some((as_far, since)) if (off - as_far).abs() <= SLEW => now - since >= BELIEVED_AFTER,
            _ => {
                self.stepped = Some((off, now));
                false
            }
        };
        if follow {
            self.zero = self.zero.saturating_add(off);
            self.stepped = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Micros = 3600 * SECOND;

    fn at(micros: Micros) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn a_step_is_believed_when_it_has_stayed_and_a_slew_is_followed() {
        let mut wall = Wall::new(Instant::now(), at(HOUR));
        wall.compare(10 * SECOND, at(HOUR + 10 * SECOND + SECOND / 2));
        assert_eq!(wall.time(10 * SECOND), at(HOUR + 10 * SECOND + SECOND / 2));
        let before = wall.time(HOUR);
        wall.compare(20 * SECOND, at(14 * HOUR));
        wall.compare(32 * SECOND, at(HOUR + 32 * SECOND));
        assert!((wall.time(HOUR).as_micros() - before.as_micros()).abs() <= SECOND);
        wall.compare(40 * SECOND, at(14 * HOUR + 40 * SECOND));
        wall.compare(41 * SECOND, at(14 * HOUR + 41 * SECOND));
        assert!(wall.time(HOUR) < at(3 * HOUR));
        wall.compare(641 * SECOND, at(14 * HOUR + 641 * SECOND));
        assert_eq!(wall.time(641 * SECOND), at(14 * HOUR + 641 * SECOND));
        assert_eq!(wall.moment_of(at(14 * HOUR + 641 * SECOND)), 641 * SECOND);
    }
}
