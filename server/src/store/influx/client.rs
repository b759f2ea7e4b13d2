use core::time::Duration;
use std::io::{BufRead, BufReader, Read};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ureq::http::{Response, StatusCode, header};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};

use super::answer::{Refusal, cut, has_an_end, is_marked, stranger};
use super::config::{InfluxConfig, Protocol};
use super::resolver::EngineResolver;
use crate::store::StoreError;
use crate::tally::Tally;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a whole exchange may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Largest answer, or line of one, that is read into memory: the names of a hundred thousand motes
/// take some six MiB, and no other question of ours that much.
const MAX_ANSWER: u64 = 16 << 20;

/// Samples in a line of VictoriaMetrics' export.
const ROWS_PER_LINE: &str = "1000";

/// Shard group duration of the retention policy: whole ones expire, so it must be a small part of
/// the retention. An hour is the least that InfluxDB takes.
const SHARD_DURATION: &str = "1h";

/// The same of what is kept for a month.
const NETWORK_SHARD_DURATION: &str = "1d";

/// Speaks to the engine, and believes only what the engine itself says.
pub(super) struct Client {
    agent: Agent,
    base: String,
    /// The same as the log may have it.
    address: String,
    protocol: Protocol,
    authorization: Option<String>,
    /// Of sensors' readings, and of all else.
    retention: [Duration; 2],
    failed: Tally,
    refused: Tally,
}

/// Why a write did not succeed.
pub(super) enum WriteError {
    /// The engine itself refuses some of the points; the others may have been stored.
    Refused(String),
    /// It may succeed later.
    Unavailable(String),
}

/// The same before it is known what it means.
enum NotWritten {
    Refused(Refusal),
    Unavailable(String),
}

impl NotWritten {
    /// Whether there is no such database or retention policy: InfluxDB 1 says the latter with 500.
    fn is_of_place(&self) -> bool {
        let Self::Refused(Refusal { status, reason }) = self else { return false };
        *status == StatusCode::NOT_FOUND
            || reason.as_ref().is_some_and(|reason| reason.contains("retention policy not found"))
    }

    fn error(self) -> WriteError {
        match self {
            Self::Refused(Refusal {
                status: StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY,
                reason: Some(reason),
            }) => WriteError::Refused(reason),
            Self::Refused(refusal) => WriteError::Unavailable(refusal.to_string()),
            Self::Unavailable(reason) => WriteError::Unavailable(reason),
        }
    }
}

impl Client {
    pub(super) fn new(config: &InfluxConfig, retention: [Duration; 2]) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // The engine is asked where it was said to be: a redirection leads to somebody else, and
            // a proxy that the environment names would get the password.
            .max_redirects(0)
            .proxy(None)
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
            address: config.address().to_owned(),
            protocol: config.protocol.clone(),
            authorization,
            retention,
            failed: Tally::default(),
            refused: Tally::default(),
        }
    }

    /// Writes line protocol with times in microseconds, to where it is kept for its time.
    pub(super) fn write(&self, lines: &[u8], is_of_network: bool) -> Result<(), WriteError> {
        let place = self.place(is_of_network);
        let url = match &self.protocol {
            Protocol::V1 { database, .. } => {
                self.url("/write", &[("db", database), ("rp", place), ("precision", "u")])
            }
            Protocol::V2 { org, .. } => {
                self.url("/api/v2/write", &[("org", org), ("bucket", place), ("precision", "us")])
            }
        };
        match self.try_write(&url, lines) {
            Err(refusal) if refusal.is_of_place() && self.make_place(is_of_network) => {
                self.try_write(&url, lines).map_err(NotWritten::error)
            }
            written => written.map_err(NotWritten::error),
        }
    }

    fn try_write(&self, url: &str, lines: &[u8]) -> Result<(), NotWritten> {
        let answer = self.post(url, lines).map_err(NotWritten::Unavailable)?;
        if !self.is_own(&answer) {
            return Err(NotWritten::Unavailable(stranger(&answer)));
        }
        if answer.status() == StatusCode::NO_CONTENT {
            return Ok(());
        }
        let refusal = Refusal::read(answer);
        if let Refusal {
            status: StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY,
            reason: Some(reason),
        } = &refusal
            && let Some(writes) = self.refused.count()
        {
            tracing::warn!(reason, writes, "the engine refuses readings");
        }
        Err(NotWritten::Refused(refusal))
    }

    /// The retention policy or the bucket.
    fn place(&self, is_of_network: bool) -> &str {
        match &self.protocol {
            Protocol::V1 { retention_policy, network_retention_policy, .. } => {
                if is_of_network {
                    network_retention_policy
                } else {
                    retention_policy
                }
            }
            Protocol::V2 { bucket, network_bucket, .. } => match network_bucket {
                Some(network_bucket) if is_of_network => network_bucket,
                _ => bucket,
            },
        }
    }

    /// Whether the engine itself has answered. InfluxDB 3 does not say so of a write in each of its
    /// versions; then what it says at its own address of this is heard.
    fn is_own(&self, answer: &Response<Body>) -> bool {
        is_marked(answer.headers())
            || (!answer.status().is_server_error()
                && self.get("/ping", &[]).is_ok_and(|pong| is_marked(pong.headers())))
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
        answer.map_err(|error| format!("{}: {error}", self.address))
    }

    /// Makes the database, or a retention policy of it. True if it is there now.
    fn make_place(&self, is_of_network: bool) -> bool {
        let Protocol::V1 { database, .. } = &self.protocol else {
            return false;
        };
        let (database, policy) = (quoted(database), quoted(self.place(is_of_network)));
        let [retention, network_retention] = self.retention;
        let (retention, shard) = if is_of_network {
            (network_retention, NETWORK_SHARD_DURATION)
        } else {
            (retention, SHARD_DURATION)
        };
        // A retention below one hour is not possible there.
        let minutes = retention.as_secs().div_ceil(60).max(60);
        let duration = format!("DURATION {minutes}m REPLICATION 1 SHARD DURATION {shard}");
        let policy_of = format!("CREATE RETENTION POLICY {policy} ON {database} {duration}");
        if is_of_network {
            // The database comes with the other policy, which is its default.
            return self.make(&policy_of) || (self.make_place(false) && self.make(&policy_of));
        }
        self.make(&format!("CREATE DATABASE {database} WITH {duration} NAME {policy}"))
            || self.make(&format!("{policy_of} DEFAULT"))
    }

    fn make(&self, statement: &str) -> bool {
        let Ok(mut answer) = self.post(&self.url("/query", &[("q", statement)]), &[]) else {
            return false;
        };
        let status = answer.status();
        // An error within its results is said with 200 too.
        let said = answer.body_mut().read_to_string().unwrap_or_default();
        let is_made = status == StatusCode::OK && !said.contains("\"error\"");
        if is_made {
            tracing::info!(statement, "made the database");
        } else {
            tracing::debug!(statement, %status, said = cut(&said), "the database is not made");
        }
        is_made
    }

    /// The answer to an InfluxQL query, times in microseconds.
    pub(super) fn query(&self, query: &str, is_of_network: bool) -> Result<Vec<u8>, StoreError> {
        let place = self.place(is_of_network);
        let mut parameters = vec![("q", query), ("epoch", "u")];
        match &self.protocol {
            Protocol::V1 { database, .. } => {
                parameters.extend([("db", database.as_str()), ("rp", place)]);
            }
            Protocol::V2 { .. } => parameters.push(("db", place)),
        }
        self.fetch("/query", &parameters)
    }

    /// Hands out samples of VictoriaMetrics, as lines of JSON that are not long.
    pub(super) fn export(
        &self,
        selector: &str,
        start: &str,
        end: &str,
        mut take: impl FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let parameters = [
            ("match[]", selector),
            ("start", start),
            ("end", end),
            ("max_rows_per_line", ROWS_PER_LINE),
        ];
        let answer = self.get("/api/v1/export", &parameters).and_then(|it| self.checked(it));
        let answer = self.note(answer)?;
        let mut lines = BufReader::new(answer.into_body().into_reader());
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = lines.by_ref().take(MAX_ANSWER).read_until(b'\n', &mut line);
            match read {
                Ok(0) => return Ok(()),
                Ok(_) if line == b"\n" => {}
                Ok(_) => take(&line)?,
                Err(error) => {
                    return self.note(Err(format!("the engine's answer: {error}")));
                }
            }
        }
    }

    /// Values of a label of VictoriaMetrics' series, as JSON.
    pub(super) fn label_values(
        &self,
        label: &str,
        series: &str,
        start: Option<&str>,
    ) -> Result<Vec<u8>, StoreError> {
        let mut parameters = vec![("match[]", series)];
        parameters.extend(start.map(|start| ("start", start)));
        self.fetch(&format!("/api/v1/label/{label}/values"), &parameters)
    }

    /// How long all but sensors' readings are kept.
    pub(super) const fn network_retention(&self) -> Duration {
        let [_, network_retention] = self.retention;
        network_retention
    }

    /// Whether the engine answers.
    pub(super) fn ping(&self) -> Result<(), StoreError> {
        let pong = self.get("/ping", &[]);
        let checked = pong.and_then(|pong| {
            let is_engine = pong.status().is_success() && is_marked(pong.headers());
            if is_engine { Ok(()) } else { Err(stranger(&pong)) }
        });
        self.note(checked)
    }

    /// Asks something, and reads the answer as it comes.
    pub(super) fn stream<T>(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
        read: impl FnOnce(ureq::BodyReader<'static>) -> Result<T, String>,
    ) -> Result<T, StoreError> {
        let answer = self.get(path, parameters).and_then(|it| self.checked(it));
        self.note(answer.and_then(|answer| read(answer.into_body().into_reader())))
    }

    fn fetch(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Vec<u8>, StoreError> {
        self.note(self.get(path, parameters).and_then(|answer| self.answer_to_query(answer)))
    }

    fn answer_to_query(&self, answer: Response<Body>) -> Result<Vec<u8>, String> {
        let mut answer = self.checked(answer)?;
        let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        body.map_err(|error| format!("the engine's answer: {error}"))
    }

    /// An answer to a query, if it is the engine's and will be whole.
    fn checked(&self, answer: Response<Body>) -> Result<Response<Body>, String> {
        if !self.is_own(&answer) {
            return Err(stranger(&answer));
        }
        if answer.status() != StatusCode::OK {
            return Err(Refusal::read(answer).to_string());
        }
        if !has_an_end(answer.headers()) {
            return Err("the engine's answer does not say where it ends".to_owned());
        }
        Ok(answer)
    }

    fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Response<Body>, String> {
        let mut request = self.agent.get(self.url(path, parameters));
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        request.call().map_err(|error| format!("{}: {error}", self.address))
    }

    /// What a query came to, for its client, and the reason of a failure for the log.
    fn note<T>(&self, outcome: Result<T, String>) -> Result<T, StoreError> {
        outcome.map_err(|reason| {
            if let Some(queries) = self.failed.count() {
                tracing::error!(reason, queries, "the engine cannot be asked");
            }
            StoreError::Unavailable(reason)
        })
    }

    fn url(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        let query =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        format!("{}{path}?{query}", self.base)
    }
}

/// An identifier of InfluxQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}
