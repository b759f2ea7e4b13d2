use core::time::Duration;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use readings::{Field, Reading, Refusal};
use thiserror::Error;
use ureq::Agent;
use ureq::http::{StatusCode, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use super::resolver::ServerResolver;
use super::transport::OnePieceConnector;
use crate::{Config, PostFormat, ServerUrl, Token};

/// From the first octet to the last of the answer. Below the ten seconds in which a gateway has
/// to stop.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(8);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// How long a connection is kept for the next request: motes report every 30 s by default.
const KEPT_FOR: Duration = Duration::from_secs(60);

/// The most that are kept: one of each thread that posts.
const KEPT_CONNECTIONS: usize = 2;

/// What ureq uses for the request's body too. With less it makes room each time anew.
const INPUT_BUFFER: usize = 10 * 1024;

/// Longer answers are not read; an error message is all that is expected.
const MAX_ANSWER: u64 = 4 * 1024 * 1024;

/// Posts readings, and understands the answers.
#[derive(Debug)]
pub(crate) struct Post {
    agent: Agent,
    server: ServerUrl,
    uri: Uri,
    format: PostFormat,
    authorization: Option<String>,
    answers: Answers,
}

/// How often the server has answered with each status; `none` where it has not.
pub(crate) type Answers = Arc<Mutex<BTreeMap<String, u64>>>;

/// The readings are not stored, but may be later.
#[derive(Debug, Error)]
#[error("{reason}")]
pub(crate) struct PostError {
    pub(crate) reason: String,
    /// What the server asks to wait.
    pub(crate) retry_after: Option<Duration>,
    /// There was no answer in time.
    pub(crate) timed_out: bool,
}

/// The certificate authorities cannot be used.
#[derive(Debug, Error)]
#[error("the certificate authorities in {path} cannot be used: {reason}", path = path.display())]
pub struct CaError {
    path: PathBuf,
    reason: String,
}

/// What one request came to.
enum Answer {
    Stored,
    /// All are stored but these.
    Refused(Vec<Refusal>),
    /// The server cannot take this body, for a reason within it.
    BodyRefused(String),
}

impl Post {
    /// As the configuration says.
    ///
    /// # Errors
    /// If the certificate authorities cannot be read.
    pub(crate) fn new(config: &Config) -> Result<Self, CaError> {
        let root_certs = match &config.ca_file {
            Some(path) => read_certificates(path)?,
            None => RootCerts::PlatformVerifier,
        };
        let agent_config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(TlsConfig::builder().root_certs(root_certs).build())
            .timeout_global(Some(REQUEST_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .input_buffer_size(INPUT_BUFFER)
            .output_buffer_size(16 * 1024)
            .max_idle_age(KEPT_FOR)
            .max_idle_connections_per_host(KEPT_CONNECTIONS)
            .user_agent(concat!("clouddata-gateway/", env!("CARGO_PKG_VERSION")))
            .build();
        let (connector, resolver) = (OnePieceConnector::default(), ServerResolver::default());
        Ok(Self {
            agent: Agent::with_parts(agent_config, connector, resolver),
            server: config.server.clone(),
            uri: config.server.uri().clone(),
            format: config.post_format,
            authorization: config.token.as_ref().map(Token::authorization),
            answers: Answers::default(),
        })
    }

    /// How often the server has answered what; it is counted on.
    pub(crate) fn answers(&self) -> Answers {
        Arc::clone(&self.answers)
    }

    /// Posts readings and returns those that the server will never take; the others are stored.
    ///
    /// # Errors
    /// If some may not be stored yet; to post them again does no harm.
    pub(crate) fn post(&self, readings: &[Reading]) -> Result<Vec<Refusal>, PostError> {
        self.post_until(readings, None)
    }

    /// The same, but no later than this.
    ///
    /// # Errors
    /// As [`post`](Self::post).
    pub(crate) fn post_by(
        &self,
        readings: &[Reading],
        deadline: Instant,
    ) -> Result<Vec<Refusal>, PostError> {
        self.post_until(readings, Some(deadline))
    }

    fn post_until(
        &self,
        readings: &[Reading],
        deadline: Option<Instant>,
    ) -> Result<Vec<Refusal>, PostError> {
        match self.format {
            PostFormat::Batch => self.post_batch(readings, deadline),
            PostFormat::Single => self.post_singly(readings, deadline),
        }
    }

    fn post_batch(
        &self,
        readings: &[Reading],
        deadline: Option<Instant>,
    ) -> Result<Vec<Refusal>, PostError> {
        match self.request(&serialize(readings)?, deadline)? {
            Answer::Stored => Ok(Vec::new()),
            Answer::Refused(refusals) => Ok(refusals),
            Answer::BodyRefused(reason) if readings.len() <= 1 => Ok(vec![refusal(0, reason)]),
            // Something in it is at fault; the rest must not suffer for it.
            Answer::BodyRefused(_) => {
                let (head, tail) = readings.split_at(readings.len() / 2);
                let mut refusals = self.post_batch(head, deadline)?;
                for mut refusal in self.post_batch(tail, deadline)? {
                    refusal.index += head.len();
                    refusals.push(refusal);
                }
                Ok(refusals)
            }
        }
    }

    fn post_singly(
        &self,
        readings: &[Reading],
        deadline: Option<Instant>,
    ) -> Result<Vec<Refusal>, PostError> {
        let mut refusals = Vec::new();
        for (index, reading) in readings.iter().enumerate() {
            let timeless = Reading { timestamp: None, ..*reading };
            match self.request(&serialize(&timeless)?, deadline)? {
                Answer::Stored => {}
                Answer::Refused(reasons) => {
                    refusals
                        .extend(reasons.into_iter().map(|refusal| Refusal { index, ..refusal }));
                }
                Answer::BodyRefused(reason) => refusals.push(refusal(index, reason)),
            }
        }
        Ok(refusals)
    }

    fn request(&self, json: &[u8], deadline: Option<Instant>) -> Result<Answer, PostError> {
        let send = || {
            let mut request = self.agent.post(self.uri.clone());
            if let Some(deadline) = deadline {
                let left = deadline.saturating_duration_since(Instant::now()).min(REQUEST_TIMEOUT);
                request = request.config().timeout_global(Some(left)).build();
            }
            let request = request.header("Content-Type", "application/json");
            match &self.authorization {
                Some(authorization) => request.header("Authorization", authorization).send(json),
                None => request.send(json),
            }
        };
        let mut response = send();
        for _ in 0..KEPT_CONNECTIONS {
            match &response {
                Err(error) if is_closed(error) => response = send(),
                _ => break,
            }
        }
        let status = response.as_ref().ok().map(ureq::http::Response::status);
        self.count(status.as_ref().map_or("none", StatusCode::as_str));
        let mut response = response.map_err(|error| self.unreachable(&error))?;
        let retry_after = response.headers().get("Retry-After");
        let retry_after = retry_after.and_then(|value| wait(value.to_str().ok()?));
        let status = response.status();
        let text = response.body_mut().with_config().limit(MAX_ANSWER).read_to_string();
        if status.is_success() {
            return Ok(Answer::Stored);
        }
        let text = text.unwrap_or_else(|error| error.to_string());
        match status {
            StatusCode::UNPROCESSABLE_ENTITY => Ok(serde_json::from_str(&text)
                .map_or_else(|_| Answer::BodyRefused(brief(status, &text)), Answer::Refused)),
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => {
                Ok(Answer::BodyRefused(brief(status, &text)))
            }
            _ => {
                let reason = self.answered(status, &text);
                Err(PostError { reason, retry_after, timed_out: false })
            }
        }
    }

    fn count(&self, answer: &str) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        *answers.entry(answer.to_owned()).or_default() += 1;
    }

    fn unreachable(&self, error: &ureq::Error) -> PostError {
        let Self { server, .. } = self;
        let reason = match error {
            error if is_unresolved(error) => format!(
                "the server's name {} does not resolve: check the address {server} and this \
                 machine's DNS",
                server.host()
            ),
            error if is_out_of_date(error) => format!(
                "the server's certificate is not valid now ({error}): is this machine's clock \
                 right? It says {}. If so, the certificate of {server} has to be renewed",
                Timestamp::now()
            ),
            error if is_untrusted(error) => format!(
                "the server's certificate is not trusted ({error}): check the address {server}, \
                 or name the server's certificate authority with --ca-file"
            ),
            ureq::Error::Timeout(phase) => {
                format!("{server} does not answer in time ({phase}): check that it runs")
            }
            other => format!("{server} cannot be reached ({other}): check that it runs"),
        };
        let timed_out = matches!(error, ureq::Error::Timeout(_));
        PostError { reason, retry_after: None, timed_out }
    }

    fn answered(&self, status: StatusCode, text: &str) -> String {
        let Self { server, .. } = self;
        let remedy = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                "it wants a valid token: check --token-file"
            }
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
                "is the path of the address right?"
            }
            _ if status.is_redirection() => "give the address that it redirects to",
            _ => "it will be tried again",
        };
        format!("{server} answers {}; {remedy}", brief(status, text))
    }
}

/// What a server asks to wait: so many seconds, or until a moment.
fn wait(retry_after: &str) -> Option<Duration> {
    if let Ok(seconds) = retry_after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = rfc2822::DateTimeParser::new().parse_timestamp(retry_after).ok()?;
    // One that is over is no reason to wait.
    let seconds = moment.as_second().saturating_sub(Timestamp::now().as_second());
    Some(Duration::from_secs(seconds.try_into().unwrap_or_default()))
}

/// The standard library gives a failed look-up no error kind of its own.
fn is_unresolved(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::HostNotFound => true,
        ureq::Error::Io(error) => error.to_string().contains("failed to lookup address"),
        _ => false,
    }
}

/// A connection kept from earlier may have been closed by the server meanwhile.
fn is_closed(error: &ureq::Error) -> bool {
    matches!(error, ureq::Error::Io(_) | ureq::Error::Protocol(_)) && !is_untrusted(error)
}

/// A TLS library's errors come through as those of the stream.
fn is_untrusted(error: &ureq::Error) -> bool {
    error.to_string().contains("invalid peer certificate")
}

/// What is judged by a clock: this machine's.
fn is_out_of_date(error: &ureq::Error) -> bool {
    let error = error.to_string();
    ["certificate expired", "certificate not valid yet"].iter().any(|fault| error.contains(fault))
}

fn read_certificates(path: &Path) -> Result<RootCerts, CaError> {
    let fault = |reason: String| CaError { path: path.to_owned(), reason };
    let pem = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let mut certificates = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| fault(error.to_string()))? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(fault("there is no certificate in PEM".to_owned()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

fn refusal(index: usize, reason: String) -> Refusal {
    Refusal { index, field: Field::Temperature, reason }
}

fn serialize(value: &(impl serde::Serialize + ?Sized)) -> Result<Vec<u8>, PostError> {
    serde_json::to_vec(value).map_err(|error| PostError {
        reason: error.to_string(),
        retry_after: None,
        timed_out: false,
    })
}

/// A status and the start of what came with it, on one line.
fn brief(status: StatusCode, text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().take(200).collect();
    if line.is_empty() { status.to_string() } else { format!("{status}: {line}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_asks_to_wait_for_seconds_or_until_a_moment() {
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let hour = Duration::from_secs(3600);
        let later = Timestamp::now() + hour;
        let later = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&later).unwrap();
        let waits = wait(&later).unwrap();
        assert!(waits <= hour && waits > hour / 2, "{later}: {waits:?}");
        assert_eq!(wait("soon"), None);
    }
}
