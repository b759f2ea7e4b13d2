//! What InfluxDB holds, asked for in InfluxQL, which versions 1, 2 and 3 all answer at `/query`.

mod answer;
mod events;
mod links;
mod newest;
mod series;

use std::collections::BTreeSet;

use readings::{Event, Link, Mac, Quantity, Source, Timestamp};

use super::client::Client;
use super::dialect::Dialect;
use super::pattern::pattern;
use crate::store::page::Part;
use crate::store::query_pool::Gone;
use crate::store::{EventSelection, Grid, LinkKey, LinkSelection, Sample, Series, StoreError};
use answer::{Found, Values, ask};

/// The far end of time as InfluxDB has it is nearer than ours.
const LAST_TIME: i64 = 9_000_000_000_000_000;

pub(super) struct InfluxQl;

impl Dialect for InfluxQl {
    fn ping(&self, client: &Client) -> Result<(), StoreError> {
        client.ping("/ping", &[])
    }

    fn samples(&self, client: &Client, part: &Part<'_>) -> Result<Vec<Sample>, StoreError> {
        let &Part { quantity, macs, from, to, limit } = part;
        let (from, to) = (from.as_micros(), to.as_micros().min(LAST_TIME));
        let condition = condition(macs);
        let results = ask(
            client,
            &format!(
                "SELECT \"value\" FROM \"{quantity}\" WHERE time >= {from}u AND time < {to}u\
                 {condition} GROUP BY \"mac\" LIMIT {limit}"
            ),
            is_of_network(quantity),
        )?;
        let of = |series: &Found| {
            let mac = series.mac()?;
            let sample = move |row: &Values| {
                Some(Sample { mac, quantity, time: row.time()?, value: row.number(1)? })
            };
            Some(series.values.iter().filter_map(sample).collect::<Vec<_>>())
        };
        let mut samples: Vec<Sample> = results.iter().flatten().filter_map(of).flatten().collect();
        samples.sort_by_key(|sample| (sample.mac, sample.time));
        Ok(samples)
    }

    /// From the index, so that it takes no longer with more readings.
    fn macs(&self, client: &Client, limit: usize) -> Result<[BTreeSet<Mac>; 2], StoreError> {
        let of = |measurements: &str| {
            let query =
                format!("SHOW TAG VALUES FROM {measurements} WITH KEY = \"mac\" LIMIT {limit}");
            let results = ask(client, &query, false)?;
            let rows = results.iter().flatten().flat_map(|series| &series.values);
            // Other programs' series are none of ours.
            Ok(rows.filter_map(|row| row.text(1)?.parse().ok()).collect())
        };
        let quoted = |name: &str| format!("\"{name}\"");
        let sensors = Quantity::all()
            .filter(|&it| it.source() == Source::Sensor && it != Quantity::TEMPERATURE)
            .map(Quantity::name);
        // A mote of which the manager says anything has one of these.
        let telling =
            [Quantity::MOTE_ID, Quantity::MOTE_STATE, Quantity::CHARGE].map(Quantity::name);
        let others: Vec<String> =
            sensors.chain(telling).chain(["link", "event"]).map(quoted).collect();
        Ok([of(&quoted(Quantity::TEMPERATURE.name()))?, of(&others.join(", "))?])
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
        links::page(client, selection, after, limit, gone)
    }

    fn newest_links(
        &self,
        client: &Client,
        selection: &LinkSelection,
        limit: usize,
    ) -> Result<Vec<Link>, StoreError> {
        links::newest(client, selection, limit)
    }

    fn events(
        &self,
        client: &Client,
        selection: &EventSelection,
        limit: usize,
        _: &Gone,
    ) -> Result<Vec<Event>, StoreError> {
        events::page(client, selection, limit)
    }
}

/// Whether it is kept for the longer time, and so in another place.
fn is_of_network(quantity: Quantity) -> bool {
    quantity.source() != Source::Sensor
}

/// That it is of one of these motes, behind other conditions. A list of alternatives takes the
/// engine longer than an expression, which is looked for in its index.
fn condition(macs: &[Mac]) -> String {
    match macs {
        [mac] => format!(" AND \"mac\" = '{mac}'"),
        macs => format!(" AND \"mac\" =~ /^{}$/", pattern(macs)),
    }
}
