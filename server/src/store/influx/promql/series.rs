use std::collections::BTreeMap;

use readings::{Mac, Quantity, Timestamp};

use super::answer::{Found, ask, ask_at, ask_count};
use super::stretch::{Stretch, answered, end_of_time, millis, moment, window};
use super::{export, selector};
use crate::store::influx::client::Client;
use crate::store::influx::pattern::MOTES_AT_A_TIME;
use crate::store::query_pool::Gone;
use crate::store::{Grid, Series, StoreError};

/// Means in one answer of the engine: it takes some twenty-five octets for each.
const MEANS_AT_A_TIME: usize = 32_768;

/// Where none of some motes has more samples than so many for each bucket, they are exported: they
/// take fewer octets than means, and the engine less time.
const FEW: u64 = 2;

/// The means of these motes, of what is not older than `oldest`.
pub(super) fn series(
    client: &Client,
    (quantity, macs): (Quantity, &[Mac]),
    grid: Grid,
    oldest: Timestamp,
    gone: &Gone,
) -> Result<Vec<Series>, StoreError> {
    let at_a_time = (MEANS_AT_A_TIME / grid.buckets()).clamp(1, MOTES_AT_A_TIME);
    let mut all = Vec::new();
    for some in macs.chunks(at_a_time) {
        gone.check()?;
        all.extend(match Buckets::of(grid, oldest) {
            Some(buckets) => Query { client, quantity, grid, oldest, buckets }.series(some)?,
            // Where a bucket is no longer than a millisecond, samples are not more than means.
            None => export::series(client, quantity, some, grid, oldest)?,
        });
    }
    Ok(all)
}

/// A [`Grid`] in whole milliseconds.
struct Buckets {
    /// Begin of the first one.
    start: i64,
    width: i64,
    /// What of them is asked for.
    stretch: Stretch,
}

impl Buckets {
    /// None if they are no whole milliseconds wide.
    fn of(grid: Grid, oldest: Timestamp) -> Option<Self> {
        let (width, rest) = (grid.width_micros() / 1000, grid.width_micros() % 1000);
        if rest != 0 {
            return None;
        }
        // A sample's time is the millisecond that it is in: the first one of which that is not
        // before the first bucket.
        let start = millis(Timestamp::from_micros(grid.from().as_micros().saturating_add(999)));
        let buckets = i64::try_from(grid.buckets()).unwrap_or(i64::MAX);
        let end = start.saturating_add(width.saturating_mul(buckets)).saturating_sub(1);
        let stretch = Stretch { first: start, last: end.min(end_of_time()) }.from(millis(oldest));
        Some(Self { start, width, stretch })
    }

    /// Index of the bucket that a moment is in.
    fn index(&self, millis: i64) -> usize {
        usize::try_from((millis - self.start).div_euclid(self.width)).unwrap_or(usize::MAX)
    }

    /// Last moment of the bucket that this one is in.
    fn end(&self, millis: i64) -> i64 {
        millis + self.width - 1 - (millis - self.start).rem_euclid(self.width)
    }

    /// What there is of a bucket of which not all is asked for, at the beginning.
    fn cut(&self) -> Option<Stretch> {
        let first = self.stretch.first;
        let is_cut = (first - self.start).rem_euclid(self.width) != 0;
        is_cut.then(|| Stretch { first, last: self.end(first).min(self.stretch.last) })
    }
}

struct Query<'a> {
    client: &'a Client,
    quantity: Quantity,
    grid: Grid,
    oldest: Timestamp,
    buckets: Buckets,
}

impl Query<'_> {
    fn series(&self, macs: &[Mac]) -> Result<Vec<Series>, StoreError> {
        let mut all = BTreeMap::new();
        if self.buckets.stretch.is_empty() {
            return Ok(Vec::new());
        }
        match self.most(macs)? {
            0 => {}
            most if most <= FEW * self.grid.buckets() as u64 => {
                return export::series(self.client, self.quantity, macs, self.grid, self.oldest);
            }
            _ => {
                self.summarize(macs, &mut all)?;
                self.average(macs, &mut all)?;
            }
        }
        Ok(all.into_values().collect())
    }

    /// How many samples the one of these motes has that has most.
    fn most(&self, macs: &[Mac]) -> Result<u64, StoreError> {
        let (selector, window) =
            (selector(self.client, self.quantity, macs), self.buckets.stretch.window());
        let query = format!("max(count_over_time({selector}{window}))");
        ask_count(self.client, self.buckets.stretch, &query)
    }

    /// How many there are, the lowest and the highest.
    fn summarize(&self, macs: &[Mac], all: &mut BTreeMap<Mac, Series>) -> Result<(), StoreError> {
        let query = format!(
            "aggr_over_time((\"count_over_time\",\"min_over_time\",\"max_over_time\"),{}{})",
            selector(self.client, self.quantity, macs),
            self.buckets.stretch.window()
        );
        ask_at(self.client, self.buckets.stretch, &query, |found| {
            let Some((mac, (_, value))) = found.mac().zip(found.values.first().copied()) else {
                return;
            };
            let series = all.entry(mac).or_insert_with(|| Series {
                mac,
                count: 0,
                min: f64::INFINITY,
                max: f64::NEG_INFINITY,
                means: vec![None; self.grid.buckets()],
            });
            match found.metric.get("rollup").map_or("", String::as_str) {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a count"
                )]
                "count_over_time" => series.count += value as u64,
                "min_over_time" => series.min = series.min.min(value),
                "max_over_time" => series.max = series.max.max(value),
                _ => {}
            }
        })
    }

    /// The mean of each bucket.
    fn average(&self, macs: &[Mac], all: &mut BTreeMap<Mac, Series>) -> Result<(), StoreError> {
        let Buckets { width, stretch, .. } = self.buckets;
        let mut set = |found: &Found, time: i64, mean: f64| {
            let series = found.mac().and_then(|mac| all.get_mut(&mac));
            let bucket = self.buckets.index(time);
            if let Some(place) = series.and_then(|series| series.means.get_mut(bucket)) {
                *place = Some(mean);
            }
        };
        let selector = selector(self.client, self.quantity, macs);
        let mean = |window: &str| format!("avg(avg_over_time({selector}{window})) by (mac)");
        let mut first = stretch.first;
        if let Some(cut) = self.buckets.cut() {
            ask_at(self.client, cut, &mean(&cut.window()), |found| {
                if let Some(&(_, value)) = found.values.first() {
                    set(&found, cut.first, value);
                }
            })?;
            first = cut.last + 1;
        }
        if first > stretch.last {
            return Ok(());
        }
        let parameters = [
            ("query", mean(&window(width))),
            ("start", moment(self.buckets.end(first))),
            ("end", moment(self.buckets.end(stretch.last))),
            ("step", format!("{width}ms")),
        ];
        let parameters = parameters.each_ref().map(|(name, value)| (*name, value.as_str()));
        ask(self.client, "/api/v1/query_range", &parameters, |found| {
            for &(seconds, value) in &found.values {
                set(&found, answered(seconds), value);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_998_528_000;

    fn buckets(from: i64, width: i64, count: usize, oldest: i64) -> Option<Buckets> {
        let at = |micros| Timestamp::from_micros(micros);
        let count_wide = i64::try_from(count).unwrap();
        let grid = Grid::new(at(from), at(from + width * count_wide), count).unwrap();
        Buckets::of(grid, at(oldest))
    }

    #[test]
    fn a_bucket_has_its_first_millisecond_and_not_the_next_buckets() {
        let past = (NOW - 3_600_000) * 1000;
        for (from, start) in [(past, past / 1000), (past + 1, past / 1000 + 1)] {
            let buckets = buckets(from, 6_000_000, 600, 0).unwrap();
            assert_eq!((buckets.start, buckets.width), (start, 6000));
            assert_eq!((buckets.index(start), buckets.index(start + 5999)), (0, 0));
            assert_eq!((buckets.index(start + 6000), buckets.index(start - 1)), (1, usize::MAX));
            assert_eq!(
                (buckets.end(start), buckets.end(start + 5999)),
                (start + 5999, start + 5999)
            );
            assert_eq!(buckets.cut(), None);
        }
    }

    #[test]
    fn what_is_too_old_cuts_a_bucket() {
        let past = (NOW - 3_600_000) * 1000;
        let start = NOW - 3_600_000;
        let cut = buckets(past, 6_000_000, 600, past + 7_000_999).unwrap().cut();
        assert_eq!(cut, Some(Stretch { first: start + 7000, last: start + 11_999 }));
        assert_eq!(buckets(past, 6_000_000, 600, past + 6_000_000).unwrap().cut(), None);
        assert!(buckets(past, 6_000_000, 600, NOW * 1000).unwrap().stretch.is_empty());
    }

    #[test]
    fn less_than_a_millisecond_is_not_for_the_engine() {
        assert!(buckets(NOW * 1000, 999, 10, 0).is_none());
        assert!(buckets(NOW * 1000, 1000, 10, 0).is_some());
    }
}
