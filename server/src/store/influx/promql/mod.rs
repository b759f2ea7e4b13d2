//! What VictoriaMetrics holds, asked for in its dialect of PromQL: it works out what is asked for,
//! and answers no more than that. Only readings themselves, links and events are exported.
//!
//! It keeps milliseconds; a reading's microseconds are cut off there.

mod answer;
mod export;
mod newest;
mod records;
mod series;
mod stretch;

use std::collections::BTreeSet;

use readings::{Event, Link, Mac, Quantity, Timestamp};

use super::client::Client;
use super::dialect::Dialect;
use super::pattern::pattern;
use crate::store::page::Part;
use crate::store::query_pool::Gone;
use crate::store::{EventSelection, Grid, LinkKey, LinkSelection, Sample, Series, StoreError};

pub(super) struct PromQl;

impl Dialect for PromQl {
    fn samples(&self, client: &Client, part: &Part) -> Result<Vec<Sample>, StoreError> {
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
fn selector(quantity: Quantity, macs: &[Mac]) -> String {
    format!("{quantity}_value{{mac=~\"{}\"}}", pattern(macs))
}
