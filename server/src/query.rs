//! `GET /api/v1/readings`.

mod parameters;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use readings::Timestamp;

use crate::app::App;
use crate::refusal::RequestError;
use crate::render::{self, Format};
use crate::store::{Grid, Selection, StoreError};
use parameters::{Parameters, format_of, headers as headers_of};

/// Readings fetched from the store at a time, so that neither a large answer nor a slow client
/// costs much memory or keeps the store busy.
const PAGE: usize = 5_000;

/// Each reading of the selection, or with `buckets` the means.
pub(crate) async fn readings(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, RequestError> {
    let now = Timestamp::now();
    let parameters = Parameters::parse(query.as_deref().unwrap_or(""), now, app.retention)?;
    let format = parameters.format.unwrap_or_else(|| format_of(&headers));
    let selection = parameters.selection;
    if let Some(buckets) = parameters.buckets {
        let grid = Grid::new(selection.from, selection.to, buckets);
        let grid = grid.ok_or_else(|| RequestError::Parameter {
            name: "to".to_owned(),
            reason: "is not after from".to_owned(),
        })?;
        let series = app.store.series(selection.macs, grid).await?;
        let text = match format {
            Format::Json => render::series_json(now, &grid, &series),
            _ => render::series_csv(&grid, &series),
        };
        return Ok((headers_of(format), text).into_response());
    }
    let first = app.store.page(selection.clone(), None, PAGE).await?;
    let pages = Pages { app, selection, format, next: Some(first), begun: false };
    let body = stream::unfold(pages, |mut pages| async {
        let chunk = pages.next_chunk().await.transpose()?;
        Some((chunk, pages))
    });
    Ok((headers_of(format), Body::from_stream(body)).into_response())
}

/// The rest of an answer that is being sent.
struct Pages {
    app: Arc<App>,
    selection: Selection,
    format: Format,
    /// None when the last page is sent.
    next: Option<Vec<crate::store::Sample>>,
    begun: bool,
}

impl Pages {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, StoreError> {
        let Some(page) = self.next.take() else {
            return Ok(None);
        };
        let after = page.last().map(|last| (last.mac, last.time));
        let is_last = page.len() < PAGE;
        let chunk = render::render_page(self.format, &page, !self.begun, is_last);
        self.begun = true;
        if !is_last {
            let store = &self.app.store;
            self.next = Some(store.page(self.selection.clone(), after, PAGE).await?);
        }
        Ok(Some(chunk.into()))
    }
}
