//! What is stored when the server starts tells how the motes were doing.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use readings::{Mac, Quantity, Timestamp};

use super::States;
use super::wall::Micros;
use crate::moment::before;
use crate::store::{Selection, Store, StoreError};

/// Looks back so far, and further for the motes of which that has shown too little.
const LOOKS: [Duration; 3] =
    [Duration::from_secs(180), Duration::from_secs(1800), Duration::from_secs(5 * 3600)];

/// Readings asked for at a time, and in all. However much is stored, it is not read.
const PAGE: usize = 5_000;
const MOST: usize = 400_000;

/// Motes asked for at a time.
const MOTES: usize = 1_000;

/// How long it may take: motes of which nothing was learned until then tell their pace themselves.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Motes asked for by name at a time.
const BY_NAME: usize = 100;

/// Readings of a mote that tell its pace.
const ENOUGH: usize = 6;

/// Pauses before a store that did not answer is asked again: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

/// Learns from the store, which need not be up yet.
pub(crate) async fn recall(states: &States, store: &Arc<dyn Store>) {
    let mut pause = PAUSES.0;
    loop {
        match recall_latest(states, store).await {
            Ok((motes, newest)) => {
                if let Some(newest) = newest
                    && let Err(error) = recall_paces(states, store, newest, motes).await
                {
                    tracing::debug!(%error, "not every mote's pace is known yet");
                }
                break;
            }
            Err(error) => tracing::debug!(%error, "how the motes were doing is not known yet"),
        }
        tokio::time::sleep(pause).await;
        pause = PAUSES.1.min(pause * 2);
    }
}

/// Learns each mote's latest reading; returns how many there are, and the newest of these.
pub(crate) async fn recall_latest(
    states: &States,
    store: &Arc<dyn Store>,
) -> Result<(usize, Option<Timestamp>), StoreError> {
    let (mut count, mut newest, mut after) = (0, None, None);
    loop {
        let macs = store.motes(after, MOTES).await?;
        let is_last = macs.len() < MOTES;
        after = macs.last().copied();
        let latest: Vec<_> = store.latest(macs).await?.iter().map(|mote| mote.last).collect();
        states.recall_latest(&latest);
        count += latest.len();
        newest = latest.iter().map(|sample| sample.time).max().max(newest);
        if is_last {
            return Ok((count, newest));
        }
    }
}

async fn recall_paces(
    states: &States,
    store: &Arc<dyn Store>,
    newest: Timestamp,
    motes: usize,
) -> Result<(), StoreError> {
    let deadline = Instant::now() + TIME_LIMIT;
    let mut known: BTreeMap<Mac, Vec<Micros>> = BTreeMap::new();
    let mut left = MOST;
    let to = Timestamp::from_micros(newest.as_micros().saturating_add(1));
    let mut macs = Vec::new();
    for back in LOOKS {
        let selection = Selection {
            quantity: Quantity::TEMPERATURE,
            macs: core::mem::take(&mut macs),
            from: before(to, back),
            to,
        };
        let mut after = None;
        known.retain(|mac, _| !selection.macs.contains(mac));
        while left > 0 && Instant::now() < deadline {
            let page = store.page(selection.clone(), after, PAGE.min(left)).await?;
            left -= page.len();
            for sample in &page {
                let times = known.entry(sample.mac).or_default();
                if times.len() == ENOUGH {
                    times.remove(0);
                }
                times.push(sample.time.as_micros());
            }
            after = page.last().map(|last| (last.mac, last.time));
            if page.len() < PAGE {
                break;
            }
        }
        let little = known.iter().filter(|(_, times)| times.len() < 3).map(|(&mac, _)| mac);
        macs = little.take(BY_NAME).collect();
        if macs.is_empty() && known.len() >= motes {
            break;
        }
    }
    for (mac, times) in known {
        states.recall_times(mac, &times);
    }
    Ok(())
}
