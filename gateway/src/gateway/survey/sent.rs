use core::time::Duration;
use std::collections::BTreeMap;
use std::time::Instant;

use readings::{Mac, Quantity};

/// A value that has not changed is sent again after this time: once an hour, at a walk's begin.
const UNCHANGED: Duration = Duration::from_secs(3600 - 60);

/// What was sent last of each value.
#[derive(Debug, Default)]
pub(super) struct Sent(BTreeMap<(Mac, Quantity), (f64, Instant)>);

impl Sent {
    /// Whether it is to be sent.
    pub(super) fn is_news(
        &mut self,
        mac: Mac,
        quantity: Quantity,
        value: f64,
        now: Instant,
    ) -> bool {
        let known = self.0.entry((mac, quantity)).or_insert((f64::NAN, now));
        #[expect(clippy::float_cmp, reason = "what is the same number has not changed")]
        let is_same = known.0 == value && now < known.1 + UNCHANGED;
        if !is_same {
            *known = (value, now);
        }
        !is_same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_has_not_changed_is_sent_once_an_hour() {
        let (mut sent, begun) = (Sent::default(), Instant::now());
        let [mac, other] = [7, 8].map(|octet| Mac::from([octet; 8]));
        let mut is_news = |mac, quantity, value, minute: u64| {
            sent.is_news(mac, quantity, value, begun + Duration::from_secs(60 * minute))
        };
        assert!(is_news(mac, Quantity::JOINS, 1.0, 0));
        assert!(
            is_news(mac, Quantity::HOP_DEPTH, 1.0, 0) && is_news(other, Quantity::JOINS, 1.0, 0)
        );
        for minute in [10, 20, 30, 40, 50_u64] {
            assert!(!is_news(mac, Quantity::JOINS, 1.0, minute));
        }
        assert!(is_news(mac, Quantity::JOINS, 1.0, 60));
        assert!(is_news(mac, Quantity::JOINS, 2.0, 70) && is_news(mac, Quantity::JOINS, 1.0, 80));
    }
}
