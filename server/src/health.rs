use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::refusal::RequestError;
use crate::sites::House;

/// Whether readings can be stored and it is known whose they are, and if not, why; and what is odd though
/// they can.
pub(crate) async fn show(State(house): State<Arc<House>>) -> Response {
    let app = &house.default;
    let mut checked = app.store.check().await.map_err(RequestError::from);
    if !house.directory().is_known() {
        checked = checked.and(Err(RequestError::NotKnownYet));
    }
    let (status, mut body) = match checked {
        Ok(()) => (StatusCode::OK, json!({ "status": "ok" })),
        Err(error) => {
            let body = json!({ "status": "unhealthy", "reason": error.to_string() });
            (StatusCode::SERVICE_UNAVAILABLE, body)
        }
    };
    let notices = app.store.notices();
    if !notices.is_empty() {
        body["notices"] = notices.into();
    }
    (status, Json(body)).into_response()
}
