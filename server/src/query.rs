//! `GET /api/v1/readings`.

mod means;
mod pages;
pub(crate) mod parameters;

use axum::body::{Body, Bytes};
use axum::extract::RawQuery;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::refusal::RequestError;
use crate::sites::Served;
use means::Means;
use pages::Pages;
use parameters::{Parameters, format_of, headers as headers_of};

/// An answer that is made while it is sent: no more of it is in memory than its client is behind.
pub(crate) trait Parts: Send + 'static {
    /// The next part, which may be empty; none after the last.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, RequestError>> + Send;
}

/// Each reading of the selection, or with `buckets` the means.
pub(crate) async fn readings(
    Served(app): Served,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, RequestError> {
    let now = app.keeping.clock.now();
    let query = query.as_deref().unwrap_or("");
    let parameters = Parameters::parse(query, now, &app.keeping)?;
    let format = parameters.format.unwrap_or_else(|| format_of(&headers));
    let headers = headers_of(format);
    let body = match parameters.buckets {
        Some(buckets) => {
            body(Means::new(app, parameters.selection, buckets, now, format).await?).await?
        }
        None => body(Pages::new(app, parameters.selection, format)).await?,
    };
    Ok((headers, body).into_response())
}

/// The first part is made before the answer begins, so that what goes wrong there has its status.
pub(crate) async fn body(mut parts: impl Parts) -> Result<Body, RequestError> {
    let first = parts.next().await?;
    let state = (first, parts);
    let rest = stream::unfold(state, |(ready, mut parts)| async {
        let part = match ready {
            Some(ready) => Ok(ready),
            None => parts.next().await.transpose()?,
        };
        Some((part, (None, parts)))
    });
    Ok(Body::from_stream(rest))
}
