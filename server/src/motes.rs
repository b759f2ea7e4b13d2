//! `GET /api/v1/motes` and `PUT /api/v1/motes/{mac}`.

use core::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use readings::{Mac, Reading, Timestamp};
use serde::{Deserialize, Serialize};

use crate::admitted::MayLabel;
use crate::refusal::RequestError;
use crate::sites::Served;
use crate::state::{MoteState, MoteView, News};
use crate::store::{Label, Mote};

/// Motes in one answer, at most and unless fewer are asked for.
const PAGE: usize = 1_000;

/// Octets that a mote takes in an answer, and until it is made, with most labels.
const MOTE: usize = 512;

#[derive(Serialize)]
struct Entry {
    mac: Mac,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    last: Reading,
    state: MoteState,
    since: Timestamp,
    pace_seconds: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with a label")]
struct Change {
    label: String,
}

/// How long somebody who asks waits until it is known how the motes were doing before the server
/// was started.
const RECALL_PATIENCE: Duration = Duration::from_secs(2);

/// Each mote with its label and latest reading, page by page: a header `Link` names the next.
pub(crate) async fn list(
    Served(app): Served,
    RawQuery(query): RawQuery,
) -> Result<Response, RequestError> {
    let (after, limit) = page(query.as_deref().unwrap_or(""))?;
    // What is not known then is assumed.
    let _ = tokio::time::timeout(RECALL_PATIENCE, app.states.recalled()).await;
    let share = app.answers.take(limit * MOTE).await?;
    let macs = app.store.motes(after, limit).await?;
    let mut headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ]);
    if macs.len() == limit
        && let Some(last) = macs.last()
    {
        let next = format!("<?limit={limit}&after={last}>; rel=\"next\"");
        headers.extend(HeaderValue::try_from(next).map(|next| (header::LINK, next)));
    }
    let entry = |Mote { last, label }: Mote| {
        let MoteView { mac, state, since, pace_seconds } = app.states.of(&last);
        Entry { mac, label, last: last.into(), state, since, pace_seconds }
    };
    let motes: Vec<Entry> = app.store.latest(macs).await?.into_iter().map(entry).collect();
    let json = serde_json::to_vec(&motes).unwrap_or_default();
    Ok((headers, axum::body::Body::from(share.attach(json))).into_response())
}

/// `after` and `limit`.
fn page(query: &str) -> Result<(Option<Mac>, usize), RequestError> {
    let (mut after, mut limit) = (None, PAGE);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "after" => {
                let mac: Result<Mac, readings::ParseMacError> = value.parse();
                after = Some(mac.map_err(|error| fault("after", error.to_string()))?);
            }
            "limit" => {
                let number = value.parse().ok().filter(|limit| (1..=PAGE).contains(limit));
                let reason = || format!("is not a number from 1 to {PAGE}");
                limit = number.ok_or_else(|| fault("limit", reason()))?;
            }
            // As ever: nothing was asked for here.
            _ => {}
        }
    }
    Ok((after, limit))
}

/// Labels a mote; an empty label takes it away.
pub(crate) async fn label(
    _: MayLabel,
    Served(app): Served,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<StatusCode, RequestError> {
    let mac = parse_mac(path)?;
    let (json, _room) = app.bodies.read(request).await?;
    let Change { label } =
        serde_json::from_slice(&json).map_err(|error| fault("label", error.to_string()))?;
    let text = label.trim();
    if let Some(reason) = Label::fault(text) {
        return Err(fault("label", reason));
    }
    if !app.store.label(Label { mac, text: text.to_owned() }).await? {
        return Err(RequestError::NoMote(mac));
    }
    app.states.tell(News::Label(mac, text.into()));
    Ok(StatusCode::NO_CONTENT)
}

/// The mote in a path; what is not even text is none either.
pub(crate) fn parse_mac(path: Result<Path<String>, PathRejection>) -> Result<Mac, RequestError> {
    let mac = path.map_or_else(|_| String::new(), |Path(mac)| mac);
    mac.parse().map_err(|error: readings::ParseMacError| fault("mac", error.to_string()))
}

fn fault(name: &str, reason: String) -> RequestError {
    RequestError::Parameter { name: name.to_owned(), reason }
}
