use std::collections::BTreeSet;

use readings::{Event, Link, Mac, Quantity, Timestamp};

use super::client::Client;
use super::config::Engine;
use super::influxql::InfluxQl;
use super::promql::PromQl;
use crate::store::page::Part;
use crate::store::query_pool::Gone;
use crate::store::{EventSelection, Grid, LinkKey, LinkSelection, Sample, Series, StoreError};

/// How an engine is asked for what it has. What is asked for of many motes is asked for some motes
/// at a time, and no longer than there is somebody who waits for it.
pub(super) trait Dialect: Sync {
    /// What somebody should know of an engine of this kind, though it works.
    fn notice(&self) -> Option<&'static str> {
        None
    }

    /// Whether the engine answers.
    fn ping(&self, client: &Client) -> Result<(), StoreError>;

    /// The first samples of a part by mote and time, as many as it wants.
    fn samples(&self, client: &Client, part: &Part<'_>) -> Result<Vec<Sample>, StoreError>;

    /// The motes with temperatures, and those of which there is anything else, but no more than
    /// `limit`.
    fn macs(&self, client: &Client, limit: usize) -> Result<[BTreeSet<Mac>; 2], StoreError>;

    /// Means of what is not older than `oldest`.
    fn series(
        &self,
        client: &Client,
        of: (Quantity, &[Mac]),
        grid: Grid,
        oldest: Timestamp,
        gone: &Gone,
    ) -> Result<Vec<Series>, StoreError>;

    /// The newest sample of each of these motes in a stretch of time, both ends of it included.
    fn newest(
        &self,
        client: &Client,
        of: (Quantity, &[Mac]),
        from: Timestamp,
        at: Timestamp,
        gone: &Gone,
    ) -> Result<Vec<Sample>, StoreError>;

    /// At most `limit` links by time, behind the one named by `after`.
    fn links(
        &self,
        client: &Client,
        selection: &LinkSelection,
        after: Option<LinkKey>,
        limit: usize,
        gone: &Gone,
    ) -> Result<Vec<Link>, StoreError>;

    /// The newest of each way.
    fn newest_links(
        &self,
        client: &Client,
        selection: &LinkSelection,
        limit: usize,
    ) -> Result<Vec<Link>, StoreError>;

    /// At most `limit` events, newest first.
    fn events(
        &self,
        client: &Client,
        selection: &EventSelection,
        limit: usize,
        gone: &Gone,
    ) -> Result<Vec<Event>, StoreError>;
}

impl Engine {
    pub(super) fn dialect(self) -> &'static dyn Dialect {
        match self {
            Self::InfluxDb => &InfluxQl,
            Self::VictoriaMetrics => &PromQl,
        }
    }
}
