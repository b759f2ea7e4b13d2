use std::sync::Arc;

use readings::{Event, Link, Mac, Quantity, Timestamp};
use tokio::sync::mpsc;

use super::Usage;
use crate::store::{
    Answer, EventSelection, Grid, Heard, Label, LinkKey, LinkSelection, Mote, Records, Sample,
    Selection, Series, Store, Written,
};

/// A site's store, which counts how many stored readings its queries look at: those of a page, and
/// those that means are made of.
pub(super) struct Metered {
    pub(super) store: Arc<dyn Store>,
    pub(super) usage: Arc<Usage>,
}

impl Metered {
    fn counting<T: 'static>(
        &self,
        answer: Answer<T>,
        count: impl FnOnce(&T) -> usize + Send + 'static,
    ) -> Answer<T> {
        let usage = Arc::clone(&self.usage);
        Box::pin(async move {
            let answer = answer.await;
            usage.asked(answer.as_ref().map_or(1, |answer| count(answer).max(1)));
            answer
        })
    }
}

impl Store for Metered {
    fn write(&self, records: Records) -> Answer<Written> {
        self.store.write(records)
    }

    fn write_from(&self, client: &str, records: Records) -> Answer<Written> {
        self.store.write_from(client, records)
    }

    fn pass_on(&self, client: &str, json: &[u8]) {
        self.store.pass_on(client, json);
    }

    fn announces(&self) -> bool {
        self.store.announces()
    }

    fn heard(&self) -> Option<mpsc::Receiver<Heard>> {
        self.store.heard()
    }

    fn page(
        &self,
        selection: Selection,
        after: Option<(Mac, Timestamp)>,
        limit: usize,
    ) -> Answer<Vec<Sample>> {
        self.counting(self.store.page(selection, after, limit), Vec::len)
    }

    fn count(&self) -> Answer<usize> {
        self.store.count()
    }

    fn motes(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        self.counting(self.store.motes(after, limit), |_| 1)
    }

    fn known(&self, after: Option<Mac>, limit: usize) -> Answer<Vec<Mac>> {
        self.counting(self.store.known(after, limit), |_| 1)
    }

    fn series(&self, quantity: Quantity, macs: Vec<Mac>, grid: Grid) -> Answer<Vec<Series>> {
        self.counting(self.store.series(quantity, macs, grid), |all| {
            all.iter().map(|series| usize::try_from(series.count).unwrap_or(usize::MAX)).sum()
        })
    }

    fn latest(&self, macs: Vec<Mac>) -> Answer<Vec<Mote>> {
        self.counting(self.store.latest(macs), Vec::len)
    }

    fn newest(
        &self,
        macs: Vec<Mac>,
        quantities: Vec<Quantity>,
        from: Timestamp,
        at: Timestamp,
    ) -> Answer<Vec<Sample>> {
        self.counting(self.store.newest(macs, quantities, from, at), Vec::len)
    }

    fn links(
        &self,
        selection: LinkSelection,
        after: Option<LinkKey>,
        limit: usize,
    ) -> Answer<Vec<Link>> {
        self.counting(self.store.links(selection, after, limit), Vec::len)
    }

    fn newest_links(&self, selection: LinkSelection, limit: usize) -> Answer<Vec<Link>> {
        self.counting(self.store.newest_links(selection, limit), Vec::len)
    }

    fn events(&self, selection: EventSelection, limit: usize) -> Answer<Vec<Event>> {
        self.counting(self.store.events(selection, limit), Vec::len)
    }

    fn labels(&self, macs: Vec<Mac>) -> Answer<Vec<Label>> {
        self.counting(self.store.labels(macs), Vec::len)
    }

    fn label(&self, label: Label) -> Answer<bool> {
        self.store.label(label)
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }

    fn check(&self) -> Answer<()> {
        self.store.check()
    }

    fn notices(&self) -> Vec<String> {
        self.store.notices()
    }
}
