use core::sync::atomic::Ordering;
use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::Arc;

use readings::{Event, Link, Mac, Quantity, Timestamp};
use tokio::sync::mpsc;

use super::motes::Motes;
use super::room::Room;
use super::{Cluster, Shared, post, reads};
use crate::store::{
    Answer, EventSelection, Grid, Heard, Label, LinkKey, LinkSelection, Mote, Records, Sample,
    Selection, Series, Store, StoreError, Written,
};

/// How long after a failure writes are answered at once with its reason.
const PAUSE: Duration = Duration::from_millis(200);

/// How long the history may take to tell which motes a site has of which nobody had asked.
const PATIENCE: Duration = Duration::from_secs(2);

impl Store for Cluster {
    fn write(&self, records: Records) -> Answer<Written> {
        self.write_from("", records)
    }

    fn write_from(&self, client: &str, records: Records) -> Answer<Written> {
        let accepted = self.accept(client, records);
        let backlog = Arc::clone(&self.shared.backlog);
        Box::pin(async move {
            let (written, published) = accepted?;
            if let Some(published) = published {
                let published = published.await;
                let fault = published.as_ref().err().map(|reason| (reason.as_str(), PAUSE));
                backlog.set_fault(fault);
                published.map_err(StoreError::Unavailable)?;
            }
            Ok(written)
        })
    }

    fn pass_on(&self, client: &str, json: &[u8]) {
        // Called by a request's handler, which is in the runtime.
        let statuses = self.shared.statuses.clone();
        tokio::spawn(statuses.tell(self.quarter.site, client.to_owned(), json.to_vec()));
    }

    fn heard(&self) -> Option<mpsc::Receiver<Heard>> {
        self.quarter.heard()
    }

    fn announces(&self) -> bool {
        true
    }

    fn page(
        &self,
        mut selection: Selection,
        after: Option<(Mac, Timestamp)>,
        limit: usize,
    ) -> Answer<Vec<Sample>> {
        selection.from = selection.from.max(self.oldest_of(selection.quantity));
        let recent = self.quarter.recent.clone();
        let history = self.quarter.history.page(selection.clone(), after, limit);
        Box::pin(async move { Ok(reads::page(&recent, &selection, after, limit, history.await?)) })
    }

    fn count(&self) -> Answer<usize> {
        self.whole(|motes| motes.count())
    }

    fn motes(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        self.whole(move |motes| motes.reporting(after, limit))
    }

    fn known(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        self.whole(move |motes| motes.all(after, limit))
    }

    fn series(&self, quantity: Quantity, macs: Vec<Mac>, grid: Grid) -> Answer<Vec<Series>> {
        let (recent, oldest) = (self.quarter.recent.clone(), self.oldest_of(quantity));
        let history = self.quarter.history.series(quantity, macs.clone(), grid);
        Box::pin(async move {
            Ok(reads::series(&recent, quantity, &macs, grid, oldest, history.await?))
        })
    }

    fn latest(&self, macs: Vec<Mac>) -> Answer<Vec<Mote>> {
        let oldest = self.oldest_of(Quantity::TEMPERATURE);
        self.whole(move |motes| {
            let macs: BTreeSet<Mac> = macs.into_iter().collect();
            let latest = motes.latest(&macs).into_iter().filter(|last| last.time >= oldest);
            latest.map(|last| Mote { label: motes.label(last.mac), last }).collect()
        })
    }

    fn newest(
        &self,
        macs: Vec<Mac>,
        quantities: Vec<Quantity>,
        from: Timestamp,
        at: Timestamp,
    ) -> Answer<Vec<Sample>> {
        let recent = self.quarter.recent.clone();
        let history = self.quarter.history.newest(macs.clone(), quantities.clone(), from, at);
        Box::pin(async move {
            Ok(reads::newest(&recent, &macs, &quantities, [from, at], history.await?))
        })
    }

    fn links(
        &self,
        mut selection: LinkSelection,
        after: Option<LinkKey>,
        limit: usize,
    ) -> Answer<Vec<Link>> {
        selection.from = selection.from.max(self.oldest_other());
        let recent = self.quarter.recent.clone();
        let history = self.quarter.history.links(selection.clone(), after, limit);
        Box::pin(async move { Ok(reads::links(&recent, &selection, after, limit, history.await?)) })
    }

    fn newest_links(&self, mut selection: LinkSelection, limit: usize) -> Answer<Vec<Link>> {
        selection.from = selection.from.max(self.oldest_other());
        let recent = self.quarter.recent.clone();
        let history = self.quarter.history.newest_links(selection.clone(), limit);
        Box::pin(async move { Ok(reads::newest_links(&recent, &selection, limit, history.await?)) })
    }

    fn events(&self, mut selection: EventSelection, limit: usize) -> Answer<Vec<Event>> {
        selection.from = selection.from.max(self.oldest_other());
        let recent = self.quarter.recent.clone();
        let all = EventSelection { seen: 0, ..selection.clone() };
        let history = self.quarter.history.events(all, limit.saturating_add(selection.seen));
        Box::pin(async move { Ok(reads::events(&recent, &selection, limit, history.await?)) })
    }

    fn labels(&self, macs: Vec<Mac>) -> Answer<Vec<Label>> {
        let label = |mac| Some(Label { mac, text: self.quarter.motes.label(mac)? });
        Box::pin(core::future::ready(Ok(macs.into_iter().filter_map(label).collect())))
    }

    fn label(&self, label: Label) -> Answer<bool> {
        let (labels, quarter) = (self.shared.labels.clone(), Arc::clone(&self.quarter));
        Box::pin(async move {
            if !quarter.motes.contains(label.mac) {
                return Ok(false);
            }
            if let Err(reason) = labels.set(quarter.site, &label).await {
                tracing::error!(reason, "a label is not kept");
                return Err(StoreError::Unavailable(reason));
            }
            quarter.motes.set_label(label);
            Ok(true)
        })
    }

    fn notices(&self) -> Vec<String> {
        let notice = "the history does not take what is stored: it waits in the log";
        (!self.shared.writes.load(Ordering::Relaxed))
            .then(|| notice.to_owned())
            .into_iter()
            .collect()
    }

    fn check(&self) -> Answer<()> {
        let fault = self.shared.log.fault().or_else(|| self.shared.backlog.pause());
        Box::pin(core::future::ready(fault.map_or(Ok(()), |it| Err(StoreError::Unavailable(it)))))
    }
}

impl Cluster {
    /// What becomes of records if they are published, and that they are; none of them may be left to be.
    fn accept(
        &self,
        client: &str,
        mut records: Records,
    ) -> Result<
        (Written, Option<impl Future<Output = Result<(), String>> + Send + use<>>),
        StoreError,
    > {
        let Shared { backlog, publisher, .. } = &*self.shared;
        if let Some(reason) = backlog.pause() {
            return Err(StoreError::Unavailable(reason));
        }
        let room = Room::take(backlog, records.weight()).ok_or(StoreError::Busy)?;
        let written = Written { refused: self.admit(&mut records), ..Written::default() };
        self.quarter.stock.admit(records.len())?;
        if records.is_empty() {
            return Ok((written, None));
        }
        let pieces = post::emit(self.quarter.site, client, &records);
        let published = publisher.publish(pieces, room).ok_or(StoreError::Busy)?;
        Ok((written, Some(published)))
    }

    /// What the motes in memory tell, once they are all there.
    fn whole<T: Send + 'static>(
        &self,
        tell: impl FnOnce(&Motes) -> T + Send + 'static,
    ) -> Answer<T> {
        let quarter = Arc::clone(&self.quarter);
        Box::pin(async move {
            if quarter.motes.is_whole(PATIENCE).await {
                return Ok(tell(&quarter.motes));
            }
            let reason = "the history has not yet told which motes there are";
            Err(StoreError::Unavailable(reason.to_owned()))
        })
    }
}
