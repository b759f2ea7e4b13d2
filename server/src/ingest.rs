//! `POST` of readings.

use core::time::Duration;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use readings::{Field, MAX_BODY, Refusal, Timestamp};

use crate::app::App;
use crate::refusal::RequestError;
use crate::store::Sample;

/// How long a body may take to arrive: ample for [`MAX_BODY`] at the slowest of links.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// How much of a body that is too large is still read, so that the client reads the answer rather
/// than meets a closed connection.
const MAX_DRAINED: usize = 16 * MAX_BODY;

/// How far in the future a reading may be.
const MAX_AHEAD: Duration = Duration::from_secs(24 * 3600);

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, RequestError> {
    check_media_type(&headers)?;
    let body = tokio::time::timeout(BODY_TIMEOUT, read(body))
        .await
        .map_err(|_| RequestError::TooSlow(BODY_TIMEOUT.as_secs()))??;
    let readings::Body { accepted, mut refused } = readings::Body::parse(&body)?;
    drop(body);

    let now = Timestamp::now();
    let mut samples = Vec::with_capacity(accepted.len());
    let mut indices = Vec::with_capacity(accepted.len());
    for accepted in accepted {
        let reading = accepted.reading;
        let time = match reading.timestamp {
            None => app.stamps.stamp(now),
            Some(time) => match check_time(time, now, app.retention) {
                Ok(()) => time,
                Err(reason) => {
                    refused.push(Refusal {
                        index: accepted.index,
                        field: Field::Timestamp,
                        reason,
                    });
                    continue;
                }
            },
        };
        samples.push(Sample { mac: reading.mac, time, temperature: reading.temperature });
        indices.push(accepted.index);
    }
    if !samples.is_empty() {
        refused.extend(store(&app, samples, &indices).await?);
    }
    if refused.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    app.metrics.refused.inc_by(refused.len() as u64);
    refused.sort_by_key(|refusal| refusal.index);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(refused)).into_response())
}

/// Stores the samples and tells those who listen; returns what the store refuses.
async fn store(
    app: &App,
    mut samples: Vec<Sample>,
    indices: &[usize],
) -> Result<Vec<Refusal>, RequestError> {
    let watched = app.live.receiver_count() > 0;
    let copy = watched.then(|| samples.clone());
    let count = samples.len();
    let written = app.store.write(core::mem::take(&mut samples)).await?;

    let (repeated, refused) = (written.repeated.len(), written.refused.len());
    let stored = count.saturating_sub(repeated + refused);
    app.metrics.stored.inc_by(stored as u64);
    app.metrics.repeated.inc_by(repeated as u64);
    if let Some(mut new) = copy {
        let mut index = 0;
        new.retain(|_| {
            let known = written.repeated.binary_search(&index).is_ok()
                || written.refused.iter().any(|refused| refused.index == index);
            index += 1;
            !known
        });
        if !new.is_empty() {
            // Fails only if the last listener has just gone.
            let _ = app.live.send(new.into());
        }
    }
    let refusal = |refused: crate::store::Refused| Refusal {
        index: indices.get(refused.index).copied().unwrap_or_default(),
        field: refused.field,
        reason: refused.reason,
    };
    Ok(written.refused.into_iter().map(refusal).collect())
}

fn check_media_type(headers: &HeaderMap) -> Result<(), RequestError> {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = text.split(';').next().unwrap_or("").trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let found = if value.is_none() { "not given" } else { text };
    Err(RequestError::MediaType { found: found.to_owned() })
}

async fn read(mut body: Body) -> Result<Bytes, RequestError> {
    let mut parts = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| RequestError::Incomplete)?.into_data() else {
            continue;
        };
        length += data.len();
        if length > MAX_DRAINED {
            return Err(RequestError::TooLarge);
        }
        if length > MAX_BODY {
            parts.clear();
        } else {
            parts.push(data);
        }
    }
    if length > MAX_BODY {
        return Err(RequestError::TooLarge);
    }
    Ok(match parts.len() {
        1 => parts.swap_remove(0),
        _ => parts.concat().into(),
    })
}

fn check_time(time: Timestamp, now: Timestamp, retention: Duration) -> Result<(), String> {
    let age = i128::from(now.as_micros()) - i128::from(time.as_micros());
    let micros = |duration: Duration| i128::try_from(duration.as_micros()).unwrap_or(i128::MAX);
    if age > micros(retention) {
        let retention = humantime::format_duration(retention);
        return Err(format!("{time} is older than the retention of {retention}"));
    }
    if -age > micros(MAX_AHEAD) {
        let ahead = humantime::format_duration(MAX_AHEAD);
        return Err(format!("{time} is more than {ahead} in the future"));
    }
    Ok(())
}
