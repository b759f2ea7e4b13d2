//! What is stored when the server starts is what is known of the motes then.

use std::sync::Arc;

use readings::{LinkKind, Mac, Quantity, Timestamp};

use super::latest::Latest;
use crate::links;
use crate::store::{LinkSelection, Store, StoreError};

/// Motes asked for at a time.
const PAGE: usize = 100;

/// Most ways between them.
const LINKS: usize = 10_000;

/// Learns from the store what is published of each mote, until there is no room for more.
pub(super) async fn recall(
    store: Arc<dyn Store>,
    latest: Arc<Latest>,
    now: Timestamp,
    most: usize,
) -> Result<(), StoreError> {
    let others: Vec<Quantity> = latest
        .quantities()
        .iter()
        .copied()
        .filter(|&quantity| quantity != Quantity::TEMPERATURE)
        .collect();
    let (mut after, mut count) = (None, 0);
    loop {
        let macs: Vec<Mac> = store.known(after, PAGE.min(most - count)).await?;
        let Some(&last) = macs.last() else { return Ok(()) };
        count += macs.len();
        after = Some(last);
        let temperatures: Vec<_> =
            store.latest(macs.clone()).await?.iter().map(|mote| mote.last).collect();
        latest.hear(&temperatures);
        let beginning = Timestamp::from_micros(i64::MIN);
        latest.hear(&store.newest(macs.clone(), others.clone(), beginning, now).await?);
        let paths = LinkSelection { macs, kind: Some(LinkKind::Path), ..links::at(now) };
        latest.hear_links(&store.newest_links(paths, LINKS).await?);
        if count >= most {
            return Ok(());
        }
    }
}
