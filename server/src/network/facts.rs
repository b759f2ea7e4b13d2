//! What a report is made of, from the store.

use std::collections::{BTreeMap, BTreeSet};

use readings::network::{Facts, Traffic};
use readings::{LinkKind, Mac, Quantity, Timestamp};

use super::snapshot::{MOTES, Snapshot, VALIDITY};
use crate::app::App;
use crate::links::MOST;
use crate::moment::before;
use crate::refusal::RequestError;
use crate::store::{EventSelection, Grid, LinkSelection, key_of};

/// Links fetched from the store at a time.
const PAGE: usize = 2_000;

/// Events that are looked at.
const EVENTS: usize = 1_000;

/// What is known of each mote and of each direction of a way, from one moment to another.
pub(super) async fn gather(
    app: &App,
    from: Timestamp,
    to: Timestamp,
) -> Result<(BTreeMap<Mac, Facts>, BTreeMap<(Mac, Mac), Traffic>), RequestError> {
    let snapshot = Snapshot::take(app, to).await?;
    let mut motes: BTreeMap<Mac, Facts> = BTreeMap::new();
    let is_known = |mac: &Mac| {
        snapshot.mote_id(*mac).is_some() || snapshot.value(*mac, Quantity::MOTE_STATE).is_some()
    };
    let macs = app.store.known(None, MOTES).await?;
    for mac in macs.iter().copied().filter(is_known) {
        let facts = motes.entry(mac).or_default();
        facts.is_access_point = snapshot.is_access_point(mac);
        facts.joins = snapshot.value(mac, Quantity::JOINS);
        facts.parents = snapshot.parents.get(&mac).map(BTreeSet::len);
    }
    let quantities = vec![
        Quantity::GOOD_NEIGHBOURS,
        Quantity::LINKS,
        Quantity::LINKS_RX,
        Quantity::PACKETS_RECEIVED,
        Quantity::PACKETS_LOST,
    ];
    let newest =
        app.store.newest(macs.clone(), quantities.clone(), before(to, VALIDITY), to).await?;
    let earlier = app.store.newest(macs.clone(), quantities, before(from, VALIDITY), from).await?;
    let earlier: BTreeMap<_, _> =
        earlier.iter().map(|sample| ((sample.mac, sample.quantity), sample.value)).collect();
    let mut counted: BTreeMap<Mac, [Option<f64>; 2]> = BTreeMap::new();
    for sample in newest {
        let facts = motes.entry(sample.mac).or_default();
        let now = match sample.quantity {
            Quantity::GOOD_NEIGHBOURS => Some(&mut facts.good_neighbours),
            Quantity::LINKS => Some(&mut facts.links),
            Quantity::LINKS_RX => Some(&mut facts.links_rx),
            _ => None,
        };
        if let Some(now) = now {
            *now = Some(sample.value);
            continue;
        }
        // They count from when statistics began, which may have been meanwhile.
        let base = earlier.get(&(sample.mac, sample.quantity)).copied().unwrap_or_default();
        let count = if base <= sample.value { sample.value - base } else { sample.value };
        let index = usize::from(sample.quantity == Quantity::PACKETS_LOST);
        counted.entry(sample.mac).or_default()[index] = Some(count);
    }
    for (mac, [received, lost]) in counted {
        motes.entry(mac).or_default().packets = received.zip(lost);
    }
    for (quantity, is_failure) in [(Quantity::TX_OK, false), (Quantity::TX_FAILED, true)] {
        let Some(grid) = Grid::new(from, to, 1) else { break };
        for series in app.store.series(quantity, macs.clone(), grid).await? {
            let mean = series.means.first().copied().flatten().unwrap_or_default();
            #[expect(clippy::cast_precision_loss, reason = "a number of intervals")]
            let sum = (mean * series.count as f64).round();
            let (ok, failed) = motes.entry(series.mac).or_default().tx.get_or_insert_default();
            *(if is_failure { failed } else { ok }) += sum;
        }
    }
    count_joins(app, from, to, &mut motes).await?;
    Ok((motes, traffic(app, from, to).await?))
}

/// Where the manager does not say how often a mote has joined, its events do.
async fn count_joins(
    app: &App,
    from: Timestamp,
    to: Timestamp,
    motes: &mut BTreeMap<Mac, Facts>,
) -> Result<(), RequestError> {
    if motes.values().all(|facts| facts.joins.is_some()) {
        return Ok(());
    }
    let names = vec!["moteJoin".to_owned()];
    let selection = EventSelection { macs: Vec::new(), names, from, to, seen: 0 };
    let mut counts: BTreeMap<Mac, f64> = BTreeMap::new();
    for mac in app.store.events(selection, EVENTS).await?.iter().filter_map(|event| event.mac) {
        *counts.entry(mac).or_default() += 1.0;
    }
    for (mac, facts) in motes {
        facts.joins = facts.joins.or_else(|| counts.get(mac).copied());
    }
    Ok(())
}

async fn traffic(
    app: &App,
    from: Timestamp,
    to: Timestamp,
) -> Result<BTreeMap<(Mac, Mac), Traffic>, RequestError> {
    let kind = Some(LinkKind::Used);
    let selection = LinkSelection { macs: Vec::new(), kind, from, to, measured: true };
    let (mut traffic, mut after) = (BTreeMap::<_, Traffic>::new(), None);
    loop {
        let page = app.store.links(selection.clone(), after, PAGE).await?;
        for link in &page {
            // Whatever is posted, no more than so many are kept in memory.
            if traffic.len() < MOST || traffic.contains_key(&(link.mac, link.neighbour)) {
                traffic.entry((link.mac, link.neighbour)).or_default().add(link);
            }
        }
        after = page.last().map(key_of);
        if page.len() < PAGE {
            return Ok(traffic);
        }
    }
}
