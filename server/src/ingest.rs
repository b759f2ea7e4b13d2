//! `POST` of readings.

use core::time::Duration;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use readings::{Field, Quantity, Refusal, Timestamp};

use crate::app::App;
use crate::clock::{Doubt, Look};
use crate::guard::Admitted;
use crate::refusal::RequestError;
use crate::refusals;
use crate::store::Sample;

/// How far in the future a reading may be.
const MAX_AHEAD: Duration = Duration::from_secs(24 * 3600);

pub(crate) async fn post(
    client: Admitted,
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Response, RequestError> {
    let (octets, room) = app.bodies.read(request).await?;
    app.states.touch(&client.name);
    let readings::Body { accepted, mut refused } = readings::Body::parse(&octets)?;
    drop((octets, room));

    let clock = app.keeping.clock.look(app.keeping.retention);
    let mut samples = Vec::with_capacity(accepted.len());
    let mut indices = Vec::with_capacity(accepted.len());
    for accepted in accepted {
        let reading = accepted.item;
        if reading.quantity != Quantity::TEMPERATURE {
            let reason = "is not kept by this server".to_owned();
            let field = reading.quantity.into();
            refused.push(Refusal { index: accepted.index, field, reason });
            continue;
        }
        let time = match reading.timestamp {
            None => app.stamps.stamp(clock.wall),
            Some(time) => match check_time(time, clock, app.keeping.retention) {
                Ok(()) => time,
                Err(reason) => {
                    refused.push(Refusal {
                        index: accepted.index,
                        field: Field::TIMESTAMP,
                        reason,
                    });
                    continue;
                }
            },
        };
        samples.push(Sample { mac: reading.mac, time, temperature: reading.value });
        indices.push(accepted.index);
    }
    let room = refusals::room(&app.bodies, refused.len())?;
    if !samples.is_empty() {
        refused.extend(store(&app, &client.name, samples, &indices).await?);
    }
    if refused.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    app.metrics.refused.inc_by(refused.len() as u64);
    refused.sort_by_key(|refusal| refusal.index);
    Ok(refusals::answer(room, refused))
}

/// Stores the samples and tells those who listen; returns what the store refuses.
async fn store(
    app: &App,
    client: &str,
    mut samples: Vec<Sample>,
    indices: &[usize],
) -> Result<Vec<Refusal>, RequestError> {
    let mut new = samples.clone();
    let count = samples.len();
    let written = app.store.write(core::mem::take(&mut samples)).await?;

    let (repeated, refused) = (written.repeated.len(), written.refused.len());
    let stored = count.saturating_sub(repeated + refused);
    app.metrics.stored.inc_by(stored as u64);
    app.metrics.repeated.inc_by(repeated as u64);
    let mut index = 0;
    new.retain(|_| {
        let known = written.repeated.binary_search(&index).is_ok()
            || written.refused.binary_search_by_key(&index, |refused| refused.index).is_ok();
        index += 1;
        !known
    });
    if !new.is_empty() {
        app.live.send(&new);
        app.states.hear(client, &new);
    }
    let refusal = |refused: crate::store::Refused| Refusal {
        index: indices.get(refused.index).copied().unwrap_or_default(),
        field: refused.field,
        reason: refused.reason,
    };
    Ok(written.refused.into_iter().map(refusal).collect())
}

/// By a clock that was set while the server ran nothing is refused that would not be refused else.
fn check_time(time: Timestamp, clock: Look, retention: Duration) -> Result<(), String> {
    let checked = check_age(time, clock.wall, retention);
    match clock.doubt {
        Some(Doubt::Jump) => checked.or_else(|_| check_age(time, clock.steady, retention)),
        _ => checked,
    }
}

fn check_age(time: Timestamp, now: Timestamp, retention: Duration) -> Result<(), String> {
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
