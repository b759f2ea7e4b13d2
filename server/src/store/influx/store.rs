use std::sync::Arc;

use readings::{Event, Link, Mac, Quantity, Timestamp};

use super::{Influx, Shared};
use crate::store::queue::Job;
use crate::store::{
    Answer, EventSelection, Grid, Label, LinkKey, LinkSelection, Mote, Records, Sample, Selection,
    Series, Store, StoreError, Written, labels, page, reply,
};

impl Store for Influx {
    fn write(&self, records: Records) -> Answer<Written> {
        let Shared { backlog, queue, client, .. } = &*self.shared;
        if let Some(reason) = backlog.pause() {
            return Box::pin(core::future::ready(Err(StoreError::Unavailable(reason))));
        }
        if !backlog.admit(records.weight()) {
            return Box::pin(core::future::ready(Err(StoreError::Busy)));
        }
        let (reply, answer) = reply::reply();
        queue.push(Job { site: client.whose.site(), ..Job::of(records, reply) });
        answer
    }

    fn page(
        &self,
        mut selection: Selection,
        after: Option<(Mac, Timestamp)>,
        limit: usize,
    ) -> Answer<Vec<Sample>> {
        selection.from = selection.from.max(self.oldest_of(selection.quantity));
        let quantity = selection.quantity;
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |gone| {
            let known = || {
                shared.refresh()?;
                Ok(match quantity {
                    Quantity::TEMPERATURE => shared.known.motes(None, usize::MAX),
                    _ => shared.known.all(None, usize::MAX),
                })
            };
            page::page(selection, after, limit, known, |part| {
                gone.check()?;
                shared.dialect.samples(&shared.client, part)
            })
        })
    }

    fn count(&self) -> Answer<usize> {
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |_| {
            shared.refresh()?;
            Ok(shared.known.count())
        })
    }

    fn motes(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |_| {
            shared.refresh()?;
            Ok(shared.known.motes(after, limit))
        })
    }

    fn series(&self, quantity: Quantity, macs: Vec<Mac>, grid: Grid) -> Answer<Vec<Series>> {
        let (shared, oldest) = (Arc::clone(&self.shared), self.oldest_of(quantity));
        self.queries.run(move |gone| {
            shared.dialect.series(&shared.client, (quantity, &macs), grid, oldest, gone)
        })
    }

    fn known(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |_| {
            shared.refresh()?;
            Ok(shared.known.all(after, limit))
        })
    }

    fn latest(&self, macs: Vec<Mac>) -> Answer<Vec<Mote>> {
        let oldest = self.oldest_of(Quantity::TEMPERATURE);
        let end = Timestamp::from_micros(i64::MAX);
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |gone| {
            let of = (Quantity::TEMPERATURE, &macs[..]);
            let all = shared.dialect.newest(&shared.client, of, oldest, end, gone)?;
            let labelled = shared.names.read(|names| {
                let label = |mac| names.map_or(Ok(None), |names| labels::of(names, mac));
                all.into_iter()
                    .map(|last: Sample| Ok(Mote { label: label(last.mac)?, last }))
                    .collect()
            });
            labelled.map_err(no_labels)
        })
    }

    fn newest(
        &self,
        macs: Vec<Mac>,
        quantities: Vec<Quantity>,
        from: Timestamp,
        at: Timestamp,
    ) -> Answer<Vec<Sample>> {
        let oldest = |quantity| from.max(self.oldest_of(quantity));
        let quantities: Vec<_> = quantities.into_iter().map(|it| (it, oldest(it))).collect();
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |gone| {
            let mut all = Vec::new();
            for (quantity, from) in quantities {
                let of = (quantity, &macs[..]);
                all.extend(shared.dialect.newest(&shared.client, of, from, at, gone)?);
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
        let shared = Arc::clone(&self.shared);
        self.queries
            .run(move |gone| shared.dialect.links(&shared.client, &selection, after, limit, gone))
    }

    fn newest_links(&self, mut selection: LinkSelection, limit: usize) -> Answer<Vec<Link>> {
        selection.from = selection.from.max(self.oldest_other());
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |_| shared.dialect.newest_links(&shared.client, &selection, limit))
    }

    fn events(&self, mut selection: EventSelection, limit: usize) -> Answer<Vec<Event>> {
        selection.from = selection.from.max(self.oldest_other());
        let shared = Arc::clone(&self.shared);
        self.queries.run(move |gone| shared.dialect.events(&shared.client, &selection, limit, gone))
    }

    fn labels(&self, macs: Vec<Mac>) -> Answer<Vec<Label>> {
        let shared = Arc::clone(&self.shared);
        self.short.run(move |_| {
            let labels = shared.names.read(|names| {
                let Some(names) = names else { return Ok(Vec::new()) };
                let label = |mac| Ok(labels::of(names, mac)?.map(|text| Label { mac, text }));
                macs.into_iter().filter_map(|mac| label(mac).transpose()).collect()
            });
            labels.map_err(no_labels)
        })
    }

    fn label(&self, label: Label) -> Answer<bool> {
        let shared = Arc::clone(&self.shared);
        self.short.run(move |_| {
            if !shared.known.contains(label.mac) {
                shared.refresh()?;
            }
            let is_there = |mac| shared.known.contains(mac);
            if !is_there(label.mac) {
                return Ok(false);
            }
            shared.names.set(&label, shared.keeping.max_motes, is_there).map_err(no_labels)?;
            Ok(true)
        })
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn notices(&self) -> Vec<String> {
        self.shared.dialect.notice().into_iter().map(str::to_owned).collect()
    }

    fn check(&self) -> Answer<()> {
        let fault = self.shared.backlog.pause();
        let shared = Arc::clone(&self.shared);
        let ping = self.short.run(move |_| shared.dialect.ping(&shared.client));
        Box::pin(async move {
            ping.await?;
            fault.map_or(Ok(()), |fault| Err(StoreError::Unavailable(fault)))
        })
    }
}

fn no_labels(error: rusqlite::Error) -> StoreError {
    StoreError::Unavailable(format!("the labels: {error}"))
}
