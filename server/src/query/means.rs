use std::collections::VecDeque;
use std::sync::Arc;
use std::vec;

use axum::body::Bytes;
use readings::{Mac, Quantity, Timestamp};

use super::Parts;
use crate::app::App;
use crate::budget::Share;
use crate::refusal::RequestError;
use crate::render::{Format, SeriesWriter};
use crate::store::{Grid, Selection, Series};

/// Most means in an answer, of all motes: a hundred motes have as many buckets as can be asked for,
/// a hundred thousand have ten each.
const MAX_MEANS: usize = 1_000_000;

/// What the store needs for a mote besides its buckets, and for a bucket, in octets.
const MOTE: usize = 128;
const BUCKET: usize = 16;

/// Room for a group of motes, in octets: a small part of what is free, so that many who do not read
/// leave some for others, but no less than a mote can need and no more than makes a good query.
const MIN_GROUP: usize = 256 << 10;
const MAX_GROUP: usize = 2 << 20;
const PART_OF_FREE: usize = 16;

/// An answer's part is sent when it has so many octets.
const PART: usize = 16 << 10;

/// The means of each mote, mote by mote.
pub(super) struct Means {
    app: Arc<App>,
    quantity: Quantity,
    motes: Motes,
    grid: Grid,
    writer: SeriesWriter,
    /// Fetched from the store and not yet sent, and the memory for it.
    group: vec::IntoIter<Series>,
    share: Option<Share>,
    is_over: bool,
}

/// The motes whose means are still to be fetched.
enum Motes {
    Named(VecDeque<Mac>),
    All { after: Option<Mac> },
}

impl Means {
    /// With fewer buckets than asked for, if there are so many motes.
    pub(super) async fn new(
        app: Arc<App>,
        selection: Selection,
        asked: usize,
        now: Timestamp,
        format: Format,
    ) -> Result<Self, RequestError> {
        let quantity = selection.quantity;
        let (motes, count) = if selection.macs.is_empty() {
            let count = match quantity {
                Quantity::TEMPERATURE => app.store.count().await?,
                _ => app.store.known(None, usize::MAX).await?.len(),
            };
            (Motes::All { after: None }, count)
        } else {
            let mut macs = selection.macs;
            macs.sort_unstable();
            macs.dedup();
            let count = macs.len();
            (Motes::Named(macs.into()), count)
        };
        let buckets = asked.min((MAX_MEANS / count.max(1)).max(1));
        let grid = Grid::new(selection.from, selection.to, buckets).ok_or_else(|| {
            let reason = "is not after from".to_owned();
            RequestError::Parameter { name: "to".to_owned(), reason }
        })?;
        let reduced = (buckets < asked).then_some(asked);
        let writer = SeriesWriter::new(format, quantity, now, grid, reduced);
        let group = Vec::new().into_iter();
        Ok(Self { app, quantity, motes, grid, writer, group, share: None, is_over: false })
    }

    /// Fetches the next group from the store; false if there is none.
    async fn fetch(&mut self) -> Result<bool, RequestError> {
        // What was fetched before is sent, or keeps its own share.
        self.share = None;
        let room = (self.app.answers.free() / PART_OF_FREE).clamp(MIN_GROUP, MAX_GROUP);
        let each = MOTE + BUCKET * self.grid.buckets();
        let macs = self.motes.next(&self.app, self.quantity, (room / each).max(1)).await?;
        if macs.is_empty() {
            return Ok(false);
        }
        // The group, and the parts of it that are being sent.
        let octets = macs.len() * each + 2 * PART.max(each);
        let share = self.app.answers.take(octets).await?;
        self.group = self.app.store.series(self.quantity, macs, self.grid).await?.into_iter();
        self.share = Some(share);
        Ok(true)
    }
}

impl Motes {
    async fn next(
        &mut self,
        app: &App,
        quantity: Quantity,
        limit: usize,
    ) -> Result<Vec<Mac>, RequestError> {
        match self {
            Self::Named(macs) => Ok(macs.drain(..limit.min(macs.len())).collect()),
            Self::All { after } => {
                let macs = match quantity {
                    Quantity::TEMPERATURE => app.store.motes(*after, limit).await?,
                    _ => app.store.known(*after, limit).await?,
                };
                *after = macs.last().copied().or(*after);
                Ok(macs)
            }
        }
    }
}

impl Parts for Means {
    async fn next(&mut self) -> Result<Option<Bytes>, RequestError> {
        if self.is_over {
            return Ok(None);
        }
        let mut text = self.writer.begin();
        while text.len() < PART {
            if let Some(series) = self.group.next() {
                self.writer.write(&mut text, &series);
            } else if !text.is_empty() && self.share.is_some() {
                // The next group is not waited for with the share of this one in hand.
                break;
            } else if !self.fetch().await? {
                self.is_over = true;
                self.writer.end(&mut text);
                break;
            }
        }
        let octets = match &self.share {
            Some(share) => share.attach(text),
            None => text.into(),
        };
        if self.group.as_slice().is_empty() {
            self.share = None;
        }
        Ok(Some(octets))
    }
}
