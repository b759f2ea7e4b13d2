use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::sites::House;

/// Whether readings can be stored, and if not, why; and what is odd though they can.
pub(crate) async fn show(State(house): State<Arc<House>>) -> Response {
    let app = &house.default;
    let (status, mut body) = match app.store.check().await {
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
