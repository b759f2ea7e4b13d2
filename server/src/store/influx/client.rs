use core::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ureq::http::{Response, StatusCode, header};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};

use super::config::{InfluxConfig, Protocol};
use super::resolver::EngineResolver;
use crate::store::StoreError;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a whole exchange may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Largest answer that is read: more than any query of ours has.
const MAX_ANSWER: u64 = 256 << 20;

/// Shard group duration of the retention policy: whole ones expire, so it must be a small part of
/// the retention. An hour is the least that InfluxDB takes.
const SHARD_DURATION: &str = "1h";

/// Speaks to the engine.
pub(super) struct Client {
    agent: Agent,
    base: String,
    protocol: Protocol,
    authorization: Option<String>,
    retention: Duration,
}

/// Why a write did not succeed.
pub(super) enum WriteError {
    /// Some of the points are refused; the others may have been stored.
    Refused(String),
    /// It may succeed later.
    Unavailable(String),
}

impl Client {
    pub(super) fn new(config: &InfluxConfig, retention: Duration) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(TIMEOUT))
            .build();
        let authorization = match &config.protocol {
            Protocol::V1 { credentials, .. } => credentials.as_ref().map(|(user, password)| {
                format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
            }),
            Protocol::V2 { token, .. } => token.as_ref().map(|token| format!("Token {token}")),
        };
        Self {
            agent: Agent::with_parts(agent, DefaultConnector::default(), EngineResolver::default()),
            base: config.url.trim_end_matches('/').to_owned(),
            protocol: config.protocol.clone(),
            authorization,
            retention,
        }
    }

    /// Writes line protocol with times in microseconds.
    pub(super) fn write(&self, lines: &[u8]) -> Result<(), WriteError> {
        let url = match &self.protocol {
            Protocol::V1 { database, retention_policy, .. } => self
                .url("/write", &[("db", database), ("rp", retention_policy), ("precision", "u")]),
            Protocol::V2 { org, bucket, .. } => {
                self.url("/api/v2/write", &[("org", org), ("bucket", bucket), ("precision", "us")])
            }
        };
        let mut answer = self.post(&url, lines).map_err(WriteError::Unavailable)?;
        if answer.status() == StatusCode::NOT_FOUND && self.make_database() {
            answer = self.post(&url, lines).map_err(WriteError::Unavailable)?;
        }
        let status = answer.status();
        if status.is_success() {
            // Read to its end, so that the connection can be used again.
            let _ = text(answer);
            return Ok(());
        }
        let reason = text(answer);
        if matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY) {
            Err(WriteError::Refused(reason))
        } else {
            Err(WriteError::Unavailable(format!("the engine answers {status}: {reason}")))
        }
    }

    /// Sends it, twice if the first time the connection turns out to be dead: writing the same
    /// points again changes nothing.
    fn post(&self, url: &str, body: &[u8]) -> Result<Response<Body>, String> {
        let send = || {
            let mut request = self.agent.post(url);
            if let Some(authorization) = &self.authorization {
                request = request.header(header::AUTHORIZATION, authorization);
            }
            request.send(body)
        };
        let answer = match send() {
            Err(ureq::Error::Io(_)) => send(),
            answer => answer,
        };
        answer.map_err(|error| format!("{}: {error}", self.base))
    }

    /// True if it is there now.
    fn make_database(&self) -> bool {
        let Protocol::V1 { database, retention_policy, .. } = &self.protocol else {
            return false;
        };
        let (database, policy) = (quoted(database), quoted(retention_policy));
        // A retention below one hour is not possible there.
        let minutes = self.retention.as_secs().div_ceil(60).max(60);
        let duration = format!("DURATION {minutes}m REPLICATION 1 SHARD DURATION {SHARD_DURATION}");
        for statement in [
            format!("CREATE DATABASE {database} WITH {duration} NAME {policy}"),
            format!("CREATE RETENTION POLICY {policy} ON {database} {duration} DEFAULT"),
        ] {
            let made = self
                .post(&self.url("/query", &[("q", &statement)]), &[])
                .map(|answer| (answer.status(), text(answer)));
            match made {
                Ok((status, reason)) if status.is_success() && !reason.contains("\"error\"") => {
                    tracing::info!(statement, "made the database");
                    return true;
                }
                Ok((status, reason)) => {
                    tracing::debug!(statement, %status, reason, "the database is not made");
                }
                Err(_) => return false,
            }
        }
        false
    }

    /// The answer to an InfluxQL query, times in microseconds.
    pub(super) fn query(&self, query: &str) -> Result<Vec<u8>, StoreError> {
        let database = match &self.protocol {
            Protocol::V1 { database, .. } => database,
            Protocol::V2 { bucket, .. } => bucket,
        };
        let mut parameters = vec![("db", database.as_str()), ("q", query), ("epoch", "u")];
        if let Protocol::V1 { retention_policy, .. } = &self.protocol {
            parameters.push(("rp", retention_policy));
        }
        self.fetch(&self.url("/query", &parameters))
    }

    /// Samples of VictoriaMetrics, as JSON lines.
    pub(super) fn export(
        &self,
        selector: &str,
        start: &str,
        end: &str,
    ) -> Result<Vec<u8>, StoreError> {
        let parameters = [("match[]", selector), ("start", start), ("end", end)];
        self.fetch(&self.url("/api/v1/export", &parameters))
    }

    /// Values of a label of a VictoriaMetrics series, as JSON.
    pub(super) fn label_values(&self, label: &str, series: &str) -> Result<Vec<u8>, StoreError> {
        self.fetch(&self.url(&format!("/api/v1/label/{label}/values"), &[("match[]", series)]))
    }

    /// Whether the engine answers.
    pub(super) fn ping(&self) -> Result<(), StoreError> {
        self.fetch(&self.url("/ping", &[])).map(drop)
    }

    fn fetch(&self, url: &str) -> Result<Vec<u8>, StoreError> {
        let unavailable =
            |error: ureq::Error| StoreError::Unavailable(format!("{}: {error}", self.base));
        let mut request = self.agent.get(url);
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let mut answer = request.call().map_err(unavailable)?;
        let status = answer.status();
        if !status.is_success() {
            let reason = text(answer);
            return Err(StoreError::Unavailable(format!("the engine answers {status}: {reason}")));
        }
        answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().map_err(unavailable)
    }

    fn url(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        let query =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        format!("{}{path}?{query}", self.base)
    }
}

/// The reason in an engine's error: the `error` or `message` of its JSON, else the text.
fn text(mut answer: Response<Body>) -> String {
    let text = answer.body_mut().read_to_string().unwrap_or_default();
    let json: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    let reason = json.as_ref().and_then(|json| json.get("error").or_else(|| json.get("message")));
    let reason = reason.and_then(serde_json::Value::as_str).unwrap_or(text.trim());
    reason.to_owned()
}

/// An identifier of InfluxQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}
