//! What a site is asked.

use core::future::ready;
use std::sync::Arc;

use readings::{Event, Link, Mac, Quantity, Timestamp};
use rusqlite::Connection;

use super::{Embedded, database, events, links, quantities, queries};
use crate::store::scope::Scope;
use crate::store::{
    Answer, EventSelection, Grid, Label, LinkKey, LinkSelection, Mote, Records, Sample, Selection,
    Series, Store, StoreError, Written, labels, page,
};

impl Embedded {
    /// Asks the file. It has nothing of a site that is removed, nor of one before any but the
    /// default one has stored something.
    fn read<T: Default + Send + 'static>(
        &self,
        query: impl FnOnce(&Connection, Scope) -> rusqlite::Result<T> + Send + 'static,
    ) -> Answer<T> {
        let scope = self.site.scope;
        let is_there =
            scope.is_default() || (self.file.shared.sites.has_tables() && !self.site.is_removed());
        if !is_there {
            return Box::pin(ready(Ok(T::default())));
        }
        let shared = Arc::clone(&self.file.shared);
        self.file.queries.run(move |gone| {
            let asked = shared.readers.with(gone, |connection| query(connection, scope));
            asked.map_err(|error| {
                if database::is_damage(&error) {
                    shared.suspect();
                }
                if !gone.is_so()
                    && let Some(queries) = shared.failed.count()
                {
                    tracing::error!(%error, queries, "the database cannot be asked");
                }
                StoreError::Unavailable(error.to_string())
            })
        })
    }

    fn write_with(&self, records: Records, label: Option<Label>) -> Answer<Written> {
        self.file.shared.write(self.site.scope.site(), records, label)
    }

    fn oldest_kept(&self) -> Timestamp {
        self.oldest_of(Quantity::TEMPERATURE)
    }

    fn oldest_of(&self, quantity: Quantity) -> Timestamp {
        let keeping = &self.file.shared.keeping;
        keeping.oldest(keeping.retention_of(quantity))
    }

    /// Of what is no reading.
    fn oldest_other(&self) -> Timestamp {
        let keeping = &self.file.shared.keeping;
        keeping.oldest(keeping.network_retention)
    }
}

impl Store for Embedded {
    fn write(&self, records: Records) -> Answer<Written> {
        self.write_with(records, None)
    }

    fn page(
        &self,
        mut selection: Selection,
        after: Option<(Mac, Timestamp)>,
        limit: usize,
    ) -> Answer<Vec<Sample>> {
        selection.from = selection.from.max(self.oldest_of(selection.quantity));
        if selection.quantity == Quantity::TEMPERATURE {
            return self.read(move |connection, scope| {
                queries::page(connection, scope, &selection, after, limit)
            });
        }
        let site = Arc::clone(&self.site);
        self.read(move |connection, scope| {
            let known = || Ok(site.latest.known(None, usize::MAX));
            let ask = |part: &page::Part<'_>| quantities::samples(connection, scope, part);
            page::page(selection, after, limit, known, ask)
        })
    }

    fn count(&self) -> Answer<usize> {
        Box::pin(ready(Ok(self.site.latest.count())))
    }

    fn motes(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        Box::pin(ready(Ok(self.site.latest.motes(after, limit))))
    }

    fn known(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        Box::pin(ready(Ok(self.site.latest.known(after, limit))))
    }

    fn series(&self, quantity: Quantity, macs: Vec<Mac>, grid: Grid) -> Answer<Vec<Series>> {
        let oldest = self.oldest_of(quantity);
        if quantity != Quantity::TEMPERATURE {
            return self.read(move |connection, scope| {
                quantities::series(connection, scope, quantity, &macs, grid, oldest)
            });
        }
        let all = self.site.latest.count();
        self.read(move |connection, scope| {
            queries::series(connection, scope, &macs, all, grid, oldest)
        })
    }

    fn latest(&self, macs: Vec<Mac>) -> Answer<Vec<Mote>> {
        let latest = self.site.latest.of(&macs, self.oldest_kept());
        self.read(move |connection, scope| {
            let mote = |last: Sample| {
                Ok(Mote { label: labels::of_in(connection, scope, last.mac)?, last })
            };
            latest.into_iter().map(mote).collect()
        })
    }

    fn newest(
        &self,
        macs: Vec<Mac>,
        mut quantities: Vec<Quantity>,
        from: Timestamp,
        at: Timestamp,
    ) -> Answer<Vec<Sample>> {
        let with_temperature = quantities.contains(&Quantity::TEMPERATURE);
        quantities.retain(|&quantity| quantity != Quantity::TEMPERATURE);
        let oldest = |quantity| from.max(self.oldest_of(quantity));
        let quantities: Vec<_> = quantities.into_iter().map(|it| (it, oldest(it))).collect();
        let from = oldest(Quantity::TEMPERATURE);
        self.read(move |connection, scope| {
            let mut all = quantities::newest(connection, scope, &macs, &quantities, at)?;
            if with_temperature {
                all.extend(queries::newest(connection, scope, &macs, from, at)?);
            }
            Ok(all)
        })
    }

    fn links(
        &self,
        mut selection: LinkSelection,
        after: Option<LinkKey>,
        limit: usize,
    ) -> Answer<Vec<Link>> {
        selection.from = selection.from.max(self.oldest_other());
        self.read(move |connection, scope| links::page(connection, scope, &selection, after, limit))
    }

    fn newest_links(&self, mut selection: LinkSelection, limit: usize) -> Answer<Vec<Link>> {
        selection.from = selection.from.max(self.oldest_other());
        self.read(move |connection, scope| links::newest(connection, scope, &selection, limit))
    }

    fn events(&self, mut selection: EventSelection, limit: usize) -> Answer<Vec<Event>> {
        selection.from = selection.from.max(self.oldest_other());
        self.read(move |connection, scope| events::page(connection, scope, &selection, limit))
    }

    fn labels(&self, macs: Vec<Mac>) -> Answer<Vec<Label>> {
        self.read(move |connection, scope| {
            let label =
                |mac| Ok(labels::of_in(connection, scope, mac)?.map(|text| Label { mac, text }));
            macs.into_iter().filter_map(|mac| label(mac).transpose()).collect()
        })
    }

    fn label(&self, label: Label) -> Answer<bool> {
        if !self.site.latest.contains(label.mac) {
            return Box::pin(ready(Ok(false)));
        }
        let written = self.write_with(Records::Samples(Vec::new()), Some(label));
        Box::pin(async { written.await.map(|_| true) })
    }

    fn check(&self) -> Answer<()> {
        let fault = self.file.shared.backlog.fault();
        let write = self.write(Records::Samples(Vec::new()));
        Box::pin(async move {
            write.await?;
            fault.map_or(Ok(()), |fault| Err(StoreError::Unavailable(fault)))
        })
    }

    fn notices(&self) -> Vec<String> {
        self.file.shared.notices.all()
    }
}
