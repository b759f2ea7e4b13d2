//! Whether a refusal of a reading's time is for good, or says something about the judge's clock.

use core::time::Duration;

use readings::Timestamp;

/// How far two clocks may be apart and still agree: `Date` has whole seconds, and an answer takes
/// its time.
const AGREEMENT: Duration = Duration::from_secs(60);

/// No server's retention is shorter than this.
const SHORTEST_RETENTION: Duration = Duration::from_secs(3600);

/// Without the server's clock only this is old, or in the future, beyond doubt.
const BEYOND_DOUBT: Duration = Duration::from_secs(24 * 3600);

/// What the two clocks show while a server refuses a reading's time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    /// This machine's.
    pub(super) own: Timestamp,
    /// The server's, if its answer says.
    pub(super) servers: Option<Timestamp>,
}

impl Clocks {
    /// Whether the server would refuse this time by this machine's clock too.
    pub(super) fn agree_on(self, time: Timestamp) -> bool {
        let age = micros_between(time, self.own);
        let Some(servers) = self.servers else { return age.unsigned_abs() >= micros(BEYOND_DOUBT) };
        // A time in the future becomes right by waiting.
        let is_plain = age >= signed(SHORTEST_RETENTION) || age <= -signed(BEYOND_DOUBT);
        let servers_age = micros_between(time, servers);
        let is_worse = age.signum() == servers_age.signum()
            && age.unsigned_abs() >= servers_age.unsigned_abs();
        is_plain && (self.do_agree() || is_worse)
    }

    /// How the server's clock differs from this machine's, if it does and the server says.
    pub(super) fn difference(self) -> Option<String> {
        let ahead = micros_between(self.own, self.servers?);
        if self.do_agree() {
            return None;
        }
        // To the minute: `Date` is not more exact than a second.
        let minutes = (ahead.unsigned_abs() + 30_000_000) / 60_000_000;
        let by = Duration::from_secs(60 * minutes);
        let side = if ahead > 0 { "ahead of" } else { "behind" };
        Some(format!("{} {side} this machine's", humantime::format_duration(by)))
    }

    fn do_agree(self) -> bool {
        let apart = self.servers.map(|servers| micros_between(self.own, servers).unsigned_abs());
        apart.is_some_and(|apart| apart <= micros(AGREEMENT))
    }
}

/// From the one to the other, in µs.
fn micros_between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_micros().saturating_sub(from.as_micros())
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn signed(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    const NOW: i64 = 1_800_000_000_000_000;

    /// A reading of this age, and a server's clock so far ahead, in hours.
    fn agree(age: i64, ahead: Option<i64>) -> bool {
        let at = |hours: i64| Timestamp::from_micros(NOW + hours * HOUR);
        Clocks { own: at(0), servers: ahead.map(at) }.agree_on(at(-age))
    }

    #[test]
    fn a_live_reading_is_never_condemned_for_its_time() {
        for ahead in [Some(13), Some(-26), Some(0), Some(1000), None] {
            assert!(!agree(0, ahead), "{ahead:?}");
        }
    }

    #[test]
    fn one_that_is_old_by_both_clocks_is() {
        assert!(agree(13, Some(0)) && agree(2, Some(0)));
        assert!(agree(40, Some(-20)), "it looks even younger to the server");
        assert!(!agree(13, Some(13)), "twice as old for the server");
        assert!(agree(24, None) && !agree(23, None));
    }

    #[test]
    fn one_in_the_future_waits_unless_no_clock_explains_it() {
        assert!(!agree(-13, Some(0)));
        assert!(agree(-25, Some(0)));
        assert!(agree(-30, Some(3)), "it looks nearer to the server");
        assert!(!agree(-30, Some(-3)));
    }

    #[test]
    fn a_difference_is_told_with_its_side() {
        let at = |micros| Timestamp::from_micros(NOW + micros);
        let difference = |ahead| Clocks { own: at(0), servers: Some(at(ahead)) }.difference();
        assert_eq!(difference(13 * HOUR).unwrap(), "13h ahead of this machine's");
        assert_eq!(difference(13 * HOUR - 900_000).unwrap(), "13h ahead of this machine's");
        assert_eq!(difference(-26 * HOUR).unwrap(), "1day 2h behind this machine's");
        assert_eq!(difference(59_000_000), None);
        assert_eq!(Clocks { own: at(0), servers: None }.difference(), None);
    }
}
