use readings::Timestamp;

/// The engine is asked as if it were so many milliseconds ago, and to look as far ahead again.
/// Of the newest samples it would else tell what it has told before, or nothing: they might not be
/// complete (`-search.latencyOffset`, 30 s).
const AHEAD: i64 = 72 * 3_600_000;

/// Nothing that is stored is so many milliseconds ahead of us.
const FUTURE: i64 = 48 * 3_600_000;

/// A stretch of time as the engine has it: whole milliseconds, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Stretch {
    /// What selects it, behind a series and before the moment that it is asked for.
    pub(super) fn window(self) -> String {
        window(self.last - self.first + 1)
    }

    /// The moment that it is asked for.
    pub(super) fn moment(self) -> String {
        moment(self.last)
    }

    /// The part of it that begins no earlier.
    pub(super) fn from(self, first: i64) -> Self {
        Self { first: self.first.max(first), ..self }
    }

    pub(super) const fn is_empty(self) -> bool {
        self.last < self.first
    }
}

/// The same of so many milliseconds before any moment. A moment's window has the moment itself, and
/// not the one with which it begins.
pub(super) fn window(millis: i64) -> String {
    format!("[{millis}ms] offset -{AHEAD}ms")
}

/// A moment at which a window ends, in milliseconds, as it is asked for.
pub(super) fn moment(millis: i64) -> String {
    let millis = millis.saturating_sub(AHEAD).max(0);
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

/// The moment that the engine has answered about, in milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "it has a place after the point of seconds")]
pub(super) fn answered(seconds: f64) -> i64 {
    ((seconds * 1000.0).round() as i64).saturating_add(AHEAD)
}

/// The millisecond that a moment is in.
pub(super) const fn millis(time: Timestamp) -> i64 {
    time.as_micros().div_euclid(1000)
}

/// The last millisecond that anything can be of.
pub(super) fn end_of_time() -> i64 {
    millis(Timestamp::now()).saturating_add(FUTURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_comes_back_as_it_was() {
        for last in [1_795_998_528_948, 1_795_998_528_000, 1_795_998_528_009] {
            let stretch = Stretch { first: last - 999, last };
            assert_eq!(stretch.window(), "[1000ms] offset -259200000ms");
            assert_eq!(answered(stretch.moment().parse().unwrap()), last);
        }
        assert!(Stretch { first: 1, last: 5 }.from(6).is_empty());
        assert_eq!(Stretch { first: 1, last: 5 }.from(0).first, 1);
    }
}
