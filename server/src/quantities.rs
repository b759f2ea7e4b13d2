//! `GET /api/v1/quantities`.

use axum::Json;
use readings::{Quantity, Source};
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Entry {
    name: &'static str,
    unit: &'static str,
    min: f64,
    max: f64,
    source: &'static str,
    meaning: &'static str,
}

/// What readings can be of.
pub(crate) async fn list() -> Json<Vec<Entry>> {
    let entry = |quantity: Quantity| Entry {
        name: quantity.name(),
        unit: quantity.unit(),
        min: *quantity.range().start(),
        max: *quantity.range().end(),
        source: match quantity.source() {
            Source::Sensor => "sensor",
            Source::Health => "health",
            Source::Manager => "manager",
        },
        meaning: quantity.meaning(),
    };
    Json(Quantity::all().map(entry).collect())
}
