use core::time::Duration;
use std::collections::BTreeMap;

use readings::Mac;

use super::pattern::MOTES_AT_A_TIME;
use crate::store::query_pool::Gone;
use crate::store::{Sample, StoreError};

/// Most motes have sent something in this time: the others are asked for further back. An engine takes
/// time for all of the stretch that it is asked for, InfluxDB for each hour's shard.
pub(super) const RECENT: Duration = Duration::from_secs(10 * 60);

/// The newest sample of each of these motes, by mote: those that have none in the first stretch are asked
/// for in the next. `add` asks for some motes in a stretch.
pub(super) fn newest<S: Copy>(
    macs: &[Mac],
    stretches: &[S],
    gone: &Gone,
    mut add: impl FnMut(&[Mac], S, &mut BTreeMap<Mac, Sample>) -> Result<(), StoreError>,
) -> Result<Vec<Sample>, StoreError> {
    let (mut all, mut macs) = (BTreeMap::new(), macs.to_vec());
    for &stretch in stretches {
        macs.retain(|mac| !all.contains_key(mac));
        for some in macs.chunks(MOTES_AT_A_TIME) {
            gone.check()?;
            add(some, stretch, &mut all)?;
        }
    }
    Ok(all.into_values().collect())
}
