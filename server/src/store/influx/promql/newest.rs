use std::collections::{BTreeMap, HashMap};

use readings::{Mac, Quantity, Timestamp};

use super::answer::{Found, ask_at};
use super::selector;
use super::stretch::{Stretch, end_of_time, millis};
use crate::moment::before;
use crate::store::influx::client::Client;
use crate::store::influx::newest::{self, RECENT};
use crate::store::query_pool::Gone;
use crate::store::{Sample, StoreError};

/// What tells one series from another, but for which of the two values it is.
type Tags = BTreeMap<String, String>;

/// The newest sample of each of these motes, both ends of the time included.
pub(super) fn newest(
    client: &Client,
    (quantity, macs): (Quantity, &[Mac]),
    from: Timestamp,
    at: Timestamp,
    gone: &Gone,
) -> Result<Vec<Sample>, StoreError> {
    let whole = Stretch { first: millis(from), last: millis(at).min(end_of_time()) };
    let begin = millis(before(at.min(Timestamp::now()), RECENT));
    let mut stretches = vec![whole.from(begin), whole];
    stretches.dedup();
    stretches.retain(|stretch| !stretch.is_empty());
    newest::newest(macs, &stretches, gone, |some, stretch, all| {
        add(client, quantity, some, stretch, all)
    })
}

fn add(
    client: &Client,
    quantity: Quantity,
    macs: &[Mac],
    stretch: Stretch,
    all: &mut BTreeMap<Mac, Sample>,
) -> Result<(), StoreError> {
    let query = format!(
        "aggr_over_time((\"last_over_time\",\"tlast_over_time\"),{}{})",
        selector(client, quantity, macs),
        stretch.window()
    );
    let mut found: HashMap<Tags, (Option<f64>, Option<f64>)> = HashMap::new();
    ask_at(client, stretch, &query, |series| {
        let Found { mut metric, mut values } = series;
        let is_time = metric.remove("rollup").is_some_and(|name| name == "tlast_over_time");
        let (last, time) = found.entry(metric).or_default();
        *(if is_time { time } else { last }) = values.pop().map(|(_, value)| value);
    })?;
    for (tags, (value, seconds)) in found {
        // Other programs' series are none of ours.
        let Some(mac) = tags.get("mac").and_then(|mac| mac.parse().ok()) else { continue };
        let Some((value, seconds)) = value.zip(seconds) else { continue };
        #[expect(clippy::cast_possible_truncation, reason = "it has milliseconds")]
        let time = Timestamp::from_micros(((seconds * 1000.0).round() as i64).saturating_mul(1000));
        let sample = Sample { mac, quantity, time, value };
        let last = all.entry(mac).or_insert(sample);
        if last.time < time {
            *last = sample;
        }
    }
    Ok(())
}
