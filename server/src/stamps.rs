use core::sync::atomic::{AtomicI64, Ordering};

use readings::Timestamp;

/// Gives readings without a timestamp the moment of their reception.
///
/// No moment is given twice: two readings of one mote that arrive within a microsecond would else
/// be one reading, received twice.
#[derive(Debug, Default)]
pub(crate) struct Stamps {
    last: AtomicI64,
}

impl Stamps {
    /// A moment at or a little after `now`, and after every one given before.
    pub(crate) fn stamp(&self, now: Timestamp) -> Timestamp {
        let now = now.as_micros();
        let next = |last: i64| now.max(last.saturating_add(1));
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

    #[test]
    fn no_moment_is_given_twice() {
        let stamps = Stamps::default();
        let given: Vec<_> =
            [5, 5, 3, 9].map(|now| stamps.stamp(Timestamp::from_micros(now)).as_micros()).to_vec();
        assert_eq!(given, [5, 6, 7, 9]);
    }
}
