//! How long a battery lasts: an estimate from the charge that a mote says it has drawn.

use core::time::Duration;

use readings::Timestamp;
use serde::Serialize;

/// The charge is looked at so far back.
pub(crate) const LOOK: Duration = Duration::from_secs(24 * 3600);

/// A current is told from two charges that are so far apart, in seconds: they come in whole mC.
const LEAST: f64 = 1800.0;

/// mC in a mAh.
const MAH: f64 = 3600.0;

const SECONDS_A_DAY: f64 = 86_400.0;

/// What is known of a mote's battery.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Battery {
    voltage_mv: Option<f64>,
    /// Drawn since the mote's first start.
    charge_mc: Option<f64>,
    /// Mean of the last day, or of what is known of it.
    current_ua: Option<f64>,
    /// An estimate: what is left of the capacity, drawn as of late.
    days_left: Option<f64>,
    capacity_mah: Option<f64>,
}

/// The charge in mC at a moment.
pub(crate) type Charge = (Timestamp, f64);

/// None if nothing is known. `first` and `last` are the charges at the ends of the last day.
pub(crate) fn battery(
    voltage_mv: Option<f64>,
    first: Option<Charge>,
    last: Option<Charge>,
    capacity_mah: Option<f64>,
) -> Option<Battery> {
    let charge_mc = last.map(|(_, charge)| charge);
    if voltage_mv.is_none() && charge_mc.is_none() {
        return None;
    }
    let current_ua = first.zip(last).and_then(|(first, last)| current(first, last));
    let days_left =
        capacity_mah.zip(charge_mc).zip(current_ua).and_then(|((capacity, charge), current)| {
            let left = (capacity * MAH - charge).max(0.0);
            let seconds = left / (current / 1000.0);
            (current > 0.0).then(|| round(seconds / SECONDS_A_DAY, 10.0))
        });
    let current_ua = current_ua.map(|current| round(current, 100.0));
    Some(Battery { voltage_mv, charge_mc, current_ua, days_left, capacity_mah })
}

/// In µA. None if the charge has gone back: the battery is another, or the counter is.
fn current(first: Charge, last: Charge) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a day, below 2^53 µs")]
    let seconds = last.0.as_micros().saturating_sub(first.0.as_micros()) as f64 / 1e6;
    let drawn = last.1 - first.1;
    (seconds >= LEAST && drawn >= 0.0).then(|| drawn / seconds * 1000.0)
}

fn round(number: f64, parts: f64) -> f64 {
    (number * parts).round() / parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(hours: i64, charge: f64) -> Option<Charge> {
        Some((Timestamp::from_micros(hours * 3_600_000_000), charge))
    }

    #[test]
    fn days_left_are_what_is_left_over_what_is_drawn() {
        // 36 µA: 3.1104 C a day; of 1000 mAh = 3600 C half are left.
        let drawn = 36.0 * 86_400.0 / 1000.0;
        let (first, last) = (charge(0, 1_800_000.0 - drawn), charge(24, 1_800_000.0));
        let found = battery(Some(2961.0), first, last, Some(1000.0)).unwrap();
        assert_eq!(found.current_ua, Some(36.0));
        assert_eq!(found.days_left, Some(578.7));
        assert_eq!(battery(None, first, last, Some(1.0)).unwrap().days_left, Some(0.0));
        assert_eq!(battery(None, first, last, None).unwrap().days_left, None);
    }

    #[test]
    fn what_is_not_known_is_none() {
        assert_eq!(battery(None, None, None, Some(1000.0)), None);
        for (first, last) in [
            (charge(0, 5.0), charge(0, 6.0)),
            (charge(0, 5.0), charge(9, 4.0)),
            (None, charge(9, 4.0)),
        ] {
            let found = battery(Some(3000.0), first, last, Some(1000.0)).unwrap();
            assert_eq!((found.current_ua, found.days_left), (None, None));
        }
        let idle = battery(None, charge(0, 5.0), charge(9, 5.0), Some(1000.0)).unwrap();
        assert_eq!((idle.current_ua, idle.days_left), (Some(0.0), None));
    }
}
