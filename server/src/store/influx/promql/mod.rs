//! What VictoriaMetrics holds, asked for in its dialect of PromQL: it works out what is asked for,
//! and answers no more than that. Only readings themselves, links and events are exported.
//!
//! It keeps milliseconds; a reading's microseconds are cut off there.

mod answer;
pub(super) mod count;
mod export;
mod newest;
mod records;
pub(super) mod removal;
mod series;
mod stretch;
mod values;

use std::collections::BTreeSet;

use readings::{Event, Link, Mac, Quantity, Timestamp};

use super::client::Client;
use super::dialect::Dialect;
use super::pattern::pattern;
use crate::store::page::Part;
use crate::store::query_pool::Gone;
use crate::store::{EventSelection, Grid, LinkKey, LinkSelection, Sample, Series, StoreError};

/// It syncs what it has taken every five seconds; from version 1.85 on by
/// `-inmemoryDataFlushInterval`, which is five seconds too, and a second at least.
const NOT_ON_DISK: &str = "VictoriaMetrics answers before readings are on its disk: if it is killed, or \
                           its machine fails, those of the last seconds are missing although they were answered";

pub(super) struct PromQl;

impl Dialect for PromQl {
    fn notice(&self) -> Option<&'static str> {
        Some(NOT_ON_DISK)
    }

    /// A cluster's readers know no path for it alone, so this is a question without series.
    fn ping(&self, client: &Client) -> Result<(), StoreError> {
        client.ping("/api/v1/query", &[("query", "1")])
    }

    fn samples(&self, client: &Client, part: &Part<'_>) -> Result<Vec<Sample>, StoreError> {
        export::samples(client, part)
    }

    fn macs(&self, client: &Client, limit: usize) -> Result<[BTreeSet<Mac>; 2], StoreError> {
        export::macs(client, limit)
    }

    fn series(
        &self,
        client: &Client,
        of: (Quantity, &[Mac]),
        grid: Grid,
        oldest: Timestamp,
        gone: &Gone,
    ) -> Result<Vec<Series>, StoreError> {
        series::series(client, of, grid, oldest, gone)
    }

    fn newest(
        &self,
        client: &Client,
        of: (Quantity, &[Mac]),
        from: Timestamp,
        at: Timestamp,
        gone: &Gone,
    ) -> Result<Vec<Sample>, StoreError> {
        newest::newest(client, of, from, at, gone)
    }

    fn links(
        &self,
        client: &Client,
        selection: &LinkSelection,
        after: Option<LinkKey>,
        limit: usize,
        gone: &Gone,
    ) -> Result<Vec<Link>, StoreError> {
        records::links(client, selection, after, limit, gone)
    }

    fn newest_links(
        &self,
        client: &Client,
        selection: &LinkSelection,
        limit: usize,
    ) -> Result<Vec<Link>, StoreError> {
        records::newest_links(client, selection, limit)
    }

    fn events(
        &self,
        client: &Client,
        selection: &EventSelection,
        limit: usize,
        gone: &Gone,
    ) -> Result<Vec<Event>, StoreError> {
        records::events(client, selection, limit, gone)
    }
}

/// The series of a quantity of these motes.
fn selector(client: &Client, quantity: Quantity, macs: &[Mac]) -> String {
    format!("{quantity}_value{{mac=~\"{}\"{}}}", pattern(macs), client.whose.matcher())
}
