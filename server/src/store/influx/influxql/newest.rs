use std::collections::BTreeMap;

use readings::{Mac, Quantity, Timestamp};

use super::answer::{Found, ask};
use super::{LAST_TIME, condition, is_of_network};
use crate::moment::before;
use crate::store::influx::client::Client;
use crate::store::influx::newest::{self, RECENT};
use crate::store::query_pool::Gone;
use crate::store::{Sample, StoreError};

/// The newest sample of each of these motes, both ends of the time included.
pub(super) fn newest(
    client: &Client,
    (quantity, macs): (Quantity, &[Mac]),
    from: Timestamp,
    at: Timestamp,
    gone: &Gone,
) -> Result<Vec<Sample>, StoreError> {
    let recent = before(at.min(Timestamp::now()), RECENT).max(from);
    let begins = if recent == from { &[from][..] } else { &[recent, from] };
    newest::newest(macs, begins, gone, |some, begin, all| {
        add(client, (quantity, some), begin, at, all)
    })
}

fn add(
    client: &Client,
    (quantity, macs): (Quantity, &[Mac]),
    from: Timestamp,
    at: Timestamp,
    all: &mut BTreeMap<Mac, Sample>,
) -> Result<(), StoreError> {
    let (begin, condition) = (from.as_micros(), condition(macs));
    let end = at.as_micros().saturating_add(1).min(LAST_TIME);
    let results = ask(
        client,
        &format!(
            "SELECT last(\"value\") FROM \"{quantity}\" WHERE time >= {begin}u \
             AND time < {end}u{condition} GROUP BY \"mac\""
        ),
        is_of_network(quantity),
    )?;
    let sample = |series: &Found| {
        let row = series.values.first()?;
        let (mac, time, value) = (series.mac()?, row.time()?, row.number(1)?);
        Some((mac, Sample { mac, quantity, time, value }))
    };
    all.extend(results.iter().flatten().filter_map(sample));
    Ok(())
}
