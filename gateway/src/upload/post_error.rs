use core::fmt;
use core::time::Duration;

use readings::Timestamp;
use thiserror::Error;
use ureq::http::StatusCode;

use super::answer::Stranger;
use crate::brief::brief;
use crate::{Proxy, ServerUrl};

/// The readings are not stored, but may be later.
#[derive(Debug, Error)]
#[error("{reason}")]
pub(crate) struct PostError {
    pub(crate) reason: String,
    /// What the server asks to wait.
    pub(crate) retry_after: Option<Duration>,
    /// There was no answer in time.
    pub(crate) timed_out: bool,
    /// The body was too large for whoever has answered.
    pub(super) too_large: bool,
    /// Whoever has answered takes no such kind of record there.
    pub(super) no_path: Option<NoPath>,
}

/// Who says that there is no such path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoPath {
    /// A server of an earlier version: it says no more than that.
    Server,
    /// That, or a proxy.
    Anybody,
}

/// Where requests go, and by which way.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) server: ServerUrl,
    pub(super) proxy: Option<Proxy>,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, proxy } = self;
        match proxy {
            Some(proxy) => write!(f, "{server} by the proxy {proxy}"),
            None => server.fmt(f),
        }
    }
}

impl PostError {
    pub(super) const fn new(reason: String) -> Self {
        Self { reason, retry_after: None, timed_out: false, too_large: false, no_path: None }
    }

    /// There is no answer.
    pub(super) fn unreachable(way: &Way, error: &ureq::Error) -> Self {
        let Way { server, proxy } = way;
        let plain = server.uri().scheme_str() == Some("http");
        let reason = match (error, proxy) {
            (ureq::Error::ConnectProxyFailed(reason), Some(proxy)) => {
                let remedy = if reason.contains("407") {
                    "it wants a name and password"
                } else {
                    "does it connect to that port?"
                };
                format!(
                    "the proxy {proxy} does not connect to {server} ({}): {remedy}; see {}",
                    brief(reason),
                    proxy.variable()
                )
            }
            (error, Some(proxy)) if is_unresolved(error) => format!(
                "the name of the proxy {proxy} does not resolve: check {} and this machine's DNS",
                proxy.variable()
            ),
            (error, None) if is_unresolved(error) => format!(
                "the server's name {} does not resolve: check the address {server} and this \
                 machine's DNS",
                server.host()
            ),
            (error, _) if is_out_of_date(error) => format!(
                "the server's certificate is not valid now ({error}): is this machine's clock \
                 right? It says {}. If so, the certificate of {server} has to be renewed",
                Timestamp::now()
            ),
            (error, _) if is_untrusted(error) => format!(
                "the server's certificate is not trusted ({error}): check the address {way}, \
                 or name the server's certificate authority with --ca-file"
            ),
            (ureq::Error::Timeout(_), _) => {
                format!("{way} does not answer in time: check that it runs")
            }
            (ureq::Error::Protocol(error), _) if plain => {
                format!("{way} does not answer in HTTP ({error}): does it want https?")
            }
            (error, _) if error.to_string().contains("InvalidContentType") => {
                format!("{way} does not answer in TLS ({error}): does it want http?")
            }
            (other, _) => format!("{way} cannot be reached ({other}): check that it runs"),
        };
        let timed_out = matches!(error, ureq::Error::Timeout(_));
        Self { timed_out, ..Self::new(reason) }
    }

    /// What has answered does not speak the contract, or not about the readings.
    pub(super) fn answered(way: &Way, stranger: &Stranger, retry_after: Option<Duration>) -> Self {
        let Stranger { status, text, is_page, location } = stranger;
        let found = match (is_page, location) {
            (_, Some(location)) => format!("{} and points to {location}", status.as_str()),
            (true, None) => format!("{} with a page", status.as_str()),
            (false, None) if text.is_empty() => status.to_string(),
            (false, None) => format!("{status}: {text}"),
        };
        let joined = if *is_page { ':' } else { ';' };
        let reason = format!("{way} answers {found}{joined} {}", remedy(way, stranger));
        let too_large = *status == StatusCode::PAYLOAD_TOO_LARGE;
        Self { retry_after, too_large, ..Self::new(reason) }
    }
}

/// What to look at when something else than the contract answers.
fn remedy(way: &Way, stranger: &Stranger) -> &'static str {
    let Stranger { status, text, is_page, .. } = stranger;
    let plain = way.server.uri().scheme_str() == Some("http");
    match *status {
        status if status.is_redirection() => {
            "if that is clouddata-server, give its address; if not, is it a login page?"
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if !is_page => {
            "it wants a valid token: check --token-file"
        }
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            "a proxy on the way wants a name and password: see HTTP_PROXY"
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            "is the path of the address right?"
        }
        StatusCode::OK if !is_page && text.is_empty() => {
            "this is not clouddata-server; for the existing Python server say --post-format single"
        }
        status if status.is_success() => "this is not clouddata-server; a login page?",
        StatusCode::PAYLOAD_TOO_LARGE => "a proxy on the way takes only shorter requests",
        status if status.is_client_error() && *is_page && plain => {
            "this is not clouddata-server; does it want https?"
        }
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY if plain => {
            "this is not clouddata-server's answer; does it want https?"
        }
        _ => "it will be tried again",
    }
}

/// The standard library gives a failed look-up no error kind of its own.
fn is_unresolved(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::HostNotFound => true,
        ureq::Error::Io(error) => error.to_string().contains("failed to lookup address"),
        _ => false,
    }
}

/// What is judged by a clock: this machine's.
fn is_out_of_date(error: &ureq::Error) -> bool {
    let error = error.to_string();
    ["certificate expired", "certificate not valid yet"].iter().any(|fault| error.contains(fault))
}

/// A TLS library's errors come through as those of the stream.
pub(super) fn is_untrusted(error: &ureq::Error) -> bool {
    error.to_string().contains("invalid peer certificate")
}
