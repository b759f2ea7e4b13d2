use std::collections::BTreeMap;

use readings::{Mac, Timestamp};
use serde::Deserialize;

use crate::store::StoreError;
use crate::store::influx::client::Client;

/// The series found by each statement of the query.
pub(super) fn ask(
    client: &Client,
    query: &str,
    is_of_network: bool,
) -> Result<Vec<Vec<Found>>, StoreError> {
    let mut parameters = client.place.of_query(is_of_network);
    // Times in microseconds.
    parameters.extend([("q", query), ("epoch", "u")]);
    let json = client.fetch("/query", &parameters)?;
    let answer: Answer = serde_json::from_slice(&json).map_err(|error| {
        StoreError::Unavailable(format!("the engine's answer to a query is not readable: {error}"))
    })?;
    let mut results = Vec::new();
    for result in answer.results {
        if result.partial {
            return Err(StoreError::Unavailable("the engine's answer is not whole".to_owned()));
        }
        match result.error {
            // Nothing was ever written.
            Some(error) if error.contains("not found") => results.push(Vec::new()),
            Some(error) => return Err(StoreError::Unavailable(error)),
            None => results.push(result.series),
        }
    }
    Ok(results)
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<Statement>,
}

#[derive(Deserialize)]
struct Statement {
    #[serde(default)]
    series: Vec<Found>,
    #[serde(default)]
    partial: bool,
    error: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Found {
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) values: Vec<Values>,
}

impl Found {
    pub(super) fn mac(&self) -> Option<Mac> {
        self.tags.get("mac")?.parse().ok()
    }
}

/// A row.
#[derive(Deserialize)]
pub(super) struct Values(Vec<Option<Value>>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Integer(i64),
    Float(f64),
    Text(String),
}

impl Values {
    pub(super) fn time(&self) -> Option<Timestamp> {
        match self.0.first()? {
            Some(Value::Integer(micros)) => Some(Timestamp::from_micros(*micros)),
            _ => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a value that happens to be whole")]
    pub(super) fn number(&self, column: usize) -> Option<f64> {
        match self.0.get(column)?.as_ref()? {
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            Value::Text(_) => None,
        }
    }

    pub(super) fn text(&self, column: usize) -> Option<&str> {
        match self.0.get(column)?.as_ref()? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}
