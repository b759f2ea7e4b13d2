//! What admins ask for: sites, tokens, and what has been used of the limits.

mod admin;
mod sites;
mod tokens;
mod usage;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch};
use serde::Serialize;

use super::{House, Name, RegistryError};
use crate::refusal::RequestError;

pub(crate) fn routes(router: Router<Arc<House>>) -> Router<Arc<House>> {
    router
        .route("/api/v1/usage", get(usage::show))
        .route("/api/v1/tokens", get(tokens::list).post(tokens::add))
        .route("/api/v1/tokens/{name}", delete(tokens::revoke))
        .route("/api/v1/sites", get(sites::list).post(sites::add))
        .route("/api/v1/sites/{name}", patch(sites::change).delete(sites::remove))
}

fn answer(status: StatusCode, value: &impl Serialize) -> Response {
    let mut response = (status, axum::Json(value)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A name in a path.
fn named(text: &str) -> Result<Name, RequestError> {
    text.parse().map_err(|error| fault("name", &error))
}

fn fault(name: &str, reason: &dyn ToString) -> RequestError {
    RequestError::parameter(name, reason.to_string())
}

/// Changes the registry, and goes by it at once.
async fn change<T: Send + 'static>(
    house: Arc<House>,
    act: impl FnOnce(&mut dyn super::Registry) -> Result<T, RegistryError> + Send + 'static,
) -> Result<T, RequestError> {
    let changed = tokio::task::spawn_blocking(move || {
        let done = house.register(act)?;
        house.refresh()?;
        Ok::<_, RegistryError>(done)
    });
    let failed = |error: tokio::task::JoinError| RegistryError::Unavailable(error.to_string());
    Ok(changed.await.map_err(failed)??)
}
