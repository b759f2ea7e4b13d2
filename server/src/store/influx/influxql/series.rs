use std::collections::BTreeMap;

use readings::{Mac, Quantity, Timestamp};

use super::answer::{Found, ask};
use super::{LAST_TIME, condition, is_of_network};
use crate::store::influx::client::Client;
use crate::store::query_pool::Gone;
use crate::store::{Bucketing, Grid, Series, StoreError};

/// Means in one answer of the engine: it takes some forty octets for each.
const MEANS_AT_A_TIME: usize = 16_384;

/// Most motes in one answer: the engine takes longer for each of more.
const MOTES_AT_A_TIME: usize = 100;

/// Where a mote has no more samples than so many for each bucket, it is asked for the samples:
/// the engine takes longer to part them, and again to find the lowest and the highest.
const FEW: u64 = 2;

/// The means of these motes, of what is not older than `oldest`.
pub(super) fn series(
    client: &Client,
    (quantity, macs): (Quantity, &[Mac]),
    grid: Grid,
    oldest: Timestamp,
    gone: &Gone,
) -> Result<Vec<Series>, StoreError> {
    let (from, to) = (grid.from().max(oldest).as_micros(), grid.to().as_micros().min(LAST_TIME));
    let query =
        Query { client, quantity, grid, range: format!("time >= {from}u AND time < {to}u") };
    let at_a_time = (MEANS_AT_A_TIME / grid.buckets()).clamp(1, MOTES_AT_A_TIME);
    let mut all = BTreeMap::new();
    for some in macs.chunks(at_a_time) {
        gone.check()?;
        let counts = query.count(some)?;
        let is_few = |count: u64| count <= FEW.saturating_mul(grid.buckets() as u64);
        let of = |few: bool| -> Vec<Mac> {
            let those = counts.iter().filter(|&(_, &count)| is_few(count) == few);
            those.map(|(&mac, _)| mac).collect()
        };
        let (few, many) = (of(true), of(false));
        if !few.is_empty() {
            query.gather(&few, &mut all)?;
        }
        if !many.is_empty() {
            query.average(&many, &counts, &mut all)?;
        }
    }
    Ok(all.into_values().collect())
}

struct Query<'a> {
    client: &'a Client,
    quantity: Quantity,
    grid: Grid,
    range: String,
}

impl Query<'_> {
    /// How many samples there are of each of these motes that has any.
    fn count(&self, macs: &[Mac]) -> Result<BTreeMap<Mac, u64>, StoreError> {
        let found = self.ask("count(\"value\")", macs, "GROUP BY \"mac\"")?;
        let count = |found: &Found| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let count = found.values.first()?.number(1)? as u64;
            Some((found.mac()?, count))
        };
        Ok(found.iter().filter_map(count).collect())
    }

    /// Adds the series of motes that have few samples.
    fn gather(&self, macs: &[Mac], all: &mut BTreeMap<Mac, Series>) -> Result<(), StoreError> {
        for found in self.ask("\"value\"", macs, "GROUP BY \"mac\"")? {
            let Some(mac) = found.mac() else { continue };
            let mut bucketing = Bucketing::new(self.grid);
            for (time, value) in found.values.iter().filter_map(|row| row.time().zip(row.number(1)))
            {
                bucketing.add(time, value);
            }
            all.extend(bucketing.series(mac).map(|series| (mac, series)));
        }
        Ok(())
    }

    /// Adds the series of motes that have many.
    fn average(
        &self,
        macs: &[Mac],
        counts: &BTreeMap<Mac, u64>,
        all: &mut BTreeMap<Mac, Series>,
    ) -> Result<(), StoreError> {
        for found in self.ask("min(\"value\"), max(\"value\")", macs, "GROUP BY \"mac\"")? {
            let Some((mac, row)) = found.mac().zip(found.values.first()) else { continue };
            let Some((min, max)) = row.number(1).zip(row.number(2)) else { continue };
            let count = counts.get(&mac).copied().unwrap_or_default();
            let means = vec![None; self.grid.buckets()];
            all.insert(mac, Series { mac, count, min, max, means });
        }
        let width = self.grid.width_micros();
        let offset = self.grid.from().as_micros().rem_euclid(width);
        let by = format!("GROUP BY time({width}u, {offset}u), \"mac\" fill(none)");
        for found in self.ask("mean(\"value\")", macs, &by)? {
            let Some(series) = found.mac().and_then(|mac| all.get_mut(&mac)) else { continue };
            for row in &found.values {
                let bucket = row.time().and_then(|time| self.grid.bucket_of(time));
                if let Some(mean) = bucket.and_then(|bucket| series.means.get_mut(bucket)) {
                    *mean = row.number(1);
                }
            }
        }
        Ok(())
    }

    fn ask(&self, what: &str, macs: &[Mac], by: &str) -> Result<Vec<Found>, StoreError> {
        let Self { quantity, range, .. } = self;
        let condition = condition(macs);
        let query = format!("SELECT {what} FROM \"{quantity}\" WHERE {range}{condition} {by}");
        let results = ask(self.client, &query, is_of_network(*quantity))?;
        Ok(results.into_iter().flatten().collect())
    }
}
