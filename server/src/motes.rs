//! `GET /api/v1/motes` and `PUT /api/v1/motes/{mac}`.

use core::time::Duration;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use readings::{Mac, Reading, Timestamp};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::guard::Admitted;
use crate::labels::Labels;
use crate::refusal::RequestError;
use crate::state::{MoteState, MoteView, News};

#[derive(Serialize)]
struct Mote {
    mac: Mac,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    last: Reading,
    state: MoteState,
    since: Timestamp,
    pace_seconds: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    label: String,
}

/// How long somebody who asks waits until it is known how the motes were doing before the server
/// was started.
const RECALL_PATIENCE: Duration = Duration::from_secs(2);

/// Each mote with its label, its latest reading and how it is doing.
pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Response, RequestError> {
    // What is not known then is assumed.
    let _ = tokio::time::timeout(RECALL_PATIENCE, app.states.recalled()).await;
    let mut labels = app.labels.all();
    let latest = app.store.latest().await?;
    let motes: Vec<Mote> = latest
        .into_iter()
        .map(|sample| {
            let label = labels.remove(&sample.mac);
            let MoteView { mac, state, since, pace_seconds } = app.states.of(&sample);
            Mote { mac, label, last: sample.into(), state, since, pace_seconds }
        })
        .collect();
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(motes)).into_response())
}

/// Labels a mote; an empty label takes it away.
pub(crate) async fn label(
    _: Admitted,
    State(app): State<Arc<App>>,
    Path(mac): Path<String>,
    request: Request,
) -> Result<StatusCode, RequestError> {
    let fault =
        |name: &str, reason: String| RequestError::Parameter { name: name.to_owned(), reason };
    let mac: Mac =
        mac.parse().map_err(|error: readings::ParseMacError| fault("mac", error.to_string()))?;
    let (json, _room) = app.bodies.read(request).await?;
    let Change { label } =
        serde_json::from_slice(&json).map_err(|error| fault("label", error.to_string()))?;
    let label = label.trim();
    if label.chars().count() > Labels::MAX_LENGTH || label.chars().any(char::is_control) {
        let most = Labels::MAX_LENGTH;
        return Err(fault("label", format!("is longer than {most} characters, or not one line")));
    }
    app.labels.set(mac, label).map_err(|error| {
        tracing::error!(%error, "a label cannot be kept");
        RequestError::Labels(error)
    })?;
    app.states.tell(News::Label(mac, label.into()));
    Ok(StatusCode::NO_CONTENT)
}
