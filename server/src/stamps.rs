use core::sync::atomic::{AtomicI64, Ordering};

use readings::Timestamp;

/// A clock that is so far behind the last moment given, in microseconds, was set back.
const SET_BACK: i64 = 1_000_000;

/// Gives readings without a timestamp the moment of their reception.
///
/// No moment is given twice: two readings of one mote that arrive within a microsecond would else
/// be one reading, received twice. When the clock was set back by more than a second it begins
/// anew: else every reading would get the same moment until the clock has caught up.
#[derive(Debug)]
pub(crate) struct Stamps {
    last: AtomicI64,
}

impl Default for Stamps {
    fn default() -> Self {
        Self { last: AtomicI64::new(i64::MIN) }
    }
}

impl Stamps {
    /// A moment at or a little after `now`, and after every one given before.
    pub(crate) fn stamp(&self, now: Timestamp) -> Timestamp {
        let now = now.as_micros();
        let next = |last: i64| match last.checked_sub(now) {
            Some(ahead) if (0..=SET_BACK).contains(&ahead) => last + 1,
            _ => now,
        };
        let mut last = self.last.load(Ordering::Relaxed);
        loop {
            match self.last.compare_exchange_weak(
                last,
                next(last),
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Timestamp::from_micros(next(last)),
                Err(other) => last = other,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(moments: &[i64]) -> Vec<i64> {
        let stamps = Stamps::default();
        let stamp = |&now| stamps.stamp(Timestamp::from_micros(now)).as_micros();
        moments.iter().map(stamp).collect()
    }

    #[test]
    fn no_moment_is_given_twice() {
        assert_eq!(given(&[5, 5, 3, 9]), [5, 6, 7, 9]);
    }

    #[test]
    fn after_a_step_back_of_more_than_a_second_a_stamp_is_now() {
        let day = 86_400_000_000;
        assert_eq!(given(&[day, 5, 6, 6]), [day, 5, 6, 7]);
        assert_eq!(given(&[2_000_000, 1_000_000]), [2_000_000, 2_000_001]);
        assert_eq!(given(&[2_000_000, 999_999]), [2_000_000, 999_999]);
    }
}
