//! `GET /api/v1/usage`: what a site has used, and what it may use.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use readings::Timestamp;
use serde::Serialize;

use super::super::usage::Counts;
use super::super::{House, Limits, Name, Visit};
use super::answer;
use crate::admitted::MayCount;
use crate::refusal::RequestError;

#[derive(Serialize)]
struct Used<'a> {
    site: &'a str,
    /// Since when it is counted: for as long as the server runs and the site is in use.
    since: Timestamp,
    #[serde(flatten)]
    counts: Counts,
    motes: usize,
    /// Readings, links and events that it has stored now, if that is counted.
    kept: Option<u64>,
    streams: usize,
    limits: Limits,
}

pub(super) async fn show(
    _: MayCount,
    State(house): State<Arc<House>>,
    visit: Visit,
) -> Result<Response, RequestError> {
    let directory = house.directory();
    let site = directory.numbered(visit.site);
    let used = Used {
        site: site.map_or(Name::DEFAULT, |site| site.name.as_str()),
        since: visit.app.usage.since(),
        counts: visit.app.usage.counts(),
        motes: visit.app.store.count().await?,
        kept: house.stored(visit.site),
        streams: visit.app.guard.streams().count(),
        limits: site.map(|site| site.limits.clone()).unwrap_or_default(),
    };
    Ok(answer(StatusCode::OK, &used))
}
