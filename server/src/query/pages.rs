use std::sync::Arc;

use axum::body::Bytes;
use readings::{Mac, Timestamp};

use super::Parts;
use crate::app::App;
use crate::refusal::RequestError;
use crate::render::{Format, render_page};
use crate::store::{Sample, Selection};

/// Readings fetched from the store at a time, so that neither a large answer nor a slow client
/// costs much memory or keeps the store busy.
const PAGE: usize = 1_000;

/// Most octets that a reading takes in an answer.
const READING: usize = 130;

/// Every reading of a selection, page by page.
pub(super) struct Pages {
    app: Arc<App>,
    selection: Selection,
    format: Format,
    /// The last reading that was sent.
    after: Option<(Mac, Timestamp)>,
    is_over: bool,
}

impl Pages {
    pub(super) const fn new(app: Arc<App>, selection: Selection, format: Format) -> Self {
        Self { app, selection, format, after: None, is_over: false }
    }
}

impl Parts for Pages {
    async fn next(&mut self) -> Result<Option<Bytes>, RequestError> {
        if self.is_over {
            return Ok(None);
        }
        let share = self.app.answers.take(PAGE * (READING + size_of::<Sample>())).await?;
        let page = self.app.store.page(self.selection.clone(), self.after, PAGE).await?;
        self.is_over = page.len() < PAGE;
        let text = render_page(
            self.format,
            self.selection.quantity,
            &page,
            self.after.is_none(),
            self.is_over,
        );
        self.after = page.last().map(|last| (last.mac, last.time));
        Ok(Some(share.attach(text)))
    }
}
