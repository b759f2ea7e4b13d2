//! `GET /api/v1/gateways`, and the `POST` by which a gateway says how it is.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::admitted::Admitted;
use crate::app::App;
use crate::refusal::RequestError;
use crate::sites::Served;
use crate::state::Manager;

/// What a gateway says. Names that are not known are passed over: gateways may be newer.
#[derive(Deserialize)]
#[serde(expecting = "an object with a phase and interval_seconds")]
struct Status {
    #[serde(flatten)]
    manager: Manager,
    /// It will be in touch again within this time.
    interval_seconds: f64,
}

/// Octets that a gateway takes in the answer, and until it is made.
const GATEWAY: usize = 1024;

/// Longest name of a port that is taken, in characters.
const MAX_PORT: usize = 200;

/// Each gateway with its state and what it says of its manager.
pub(crate) async fn list(Served(app): Served) -> Result<Response, RequestError> {
    let share = app.answers.take(app.states.count_gateways() * GATEWAY).await?;
    let json = serde_json::to_vec(&app.states.gateways()).unwrap_or_default();
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from(share.attach(json))).into_response())
}

/// A gateway says how it is.
pub(crate) async fn status(
    client: Admitted,
    Served(app): Served,
    request: Request,
) -> Result<StatusCode, RequestError> {
    let (json, _room) = app.bodies.read(request).await?;
    let heard = hear(&app, &client.name, &json);
    heard.map_err(|reason| RequestError::Parameter { name: "status".to_owned(), reason })?;
    app.store.pass_on(&client.name, &json);
    Ok(StatusCode::NO_CONTENT)
}

/// Takes up what a gateway says here, or has said to another server; or says why that is nothing.
pub(crate) fn hear(app: &App, client: &str, json: &[u8]) -> Result<(), String> {
    let Status { manager, interval_seconds } =
        serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let is_line =
        |port: &String| port.chars().count() <= MAX_PORT && !port.contains(char::is_control);
    if !manager.port.as_ref().is_none_or(is_line) {
        return Err(format!("port is longer than {MAX_PORT} characters, or not one line"));
    }
    app.states.hear_gateway(client, manager, interval_seconds);
    Ok(())
}
