use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ureq::http::{Response, header};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};

use super::answer::is_marked;
use super::config::shown;
use super::resolver::EngineResolver;
use crate::backoff::Backoff;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a whole exchange may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Longest time that an address is left alone after it has failed, if there are others.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// Where an engine, or a part of a cluster of them, is asked.
pub(super) struct Address {
    agent: Agent,
    base: String,
    /// The same as the log may have it.
    shown: String,
    authorization: Option<String>,
    rest: Mutex<Rest>,
}

/// What an address has coming after it has failed.
struct Rest {
    backoff: Backoff,
    until: Option<Instant>,
}

impl Address {
    pub(super) fn new(url: &str, authorization: Option<String>) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // The engine is asked where it was said to be: a redirection leads to somebody else, and
            // a proxy that the environment names would get the password.
            .max_redirects(0)
            .proxy(None)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(TIMEOUT))
            .build();
        Self {
            agent: Agent::with_parts(agent, DefaultConnector::default(), EngineResolver::default()),
            base: url.trim_end_matches('/').to_owned(),
            shown: shown(url).to_owned(),
            authorization,
            rest: Mutex::new(Rest { backoff: Backoff::up_to(LONGEST_REST), until: None }),
        }
    }

    pub(super) fn get(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Response<Body>, String> {
        let mut request = self.agent.get(self.url(path, parameters));
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        request.call().map_err(|error| format!("{}: {error}", self.shown))
    }

    /// Sends it, twice if the first time the connection turns out to be dead: writing the same
    /// points again changes nothing.
    pub(super) fn post(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Response<Body>, String> {
        let url = self.url(path, parameters);
        let send = || {
            let mut request = self.agent.post(&url);
            if let Some(authorization) = &self.authorization {
                request = request.header(header::AUTHORIZATION, authorization);
            }
            request.send(body)
        };
        let answer = match send() {
            Err(ureq::Error::Io(_)) => send(),
            answer => answer,
        };
        answer.map_err(|error| format!("{}: {error}", self.shown))
    }

    /// Whether the engine itself has answered. InfluxDB 3 does not say so of a write in each of its
    /// versions; then what it says at its own address of this is heard.
    pub(super) fn is_own(&self, answer: &Response<Body>) -> bool {
        is_marked(answer.headers())
            || (!answer.status().is_server_error()
                && self.get("/ping", &[]).is_ok_and(|pong| is_marked(pong.headers())))
    }

    /// Until when it is better left alone.
    pub(super) fn rests_until(&self) -> Option<Instant> {
        self.rest().until
    }

    /// It has failed.
    pub(super) fn fail(&self) {
        let mut rest = self.rest();
        if rest.until.is_none() {
            tracing::warn!(address = self.shown, "this address of the engine is left alone");
        }
        let pause = rest.backoff.fail();
        rest.until = Some(Instant::now() + pause);
    }

    /// It has answered.
    pub(super) fn succeed(&self) {
        let mut rest = self.rest();
        if rest.until.take().is_some() {
            rest.backoff.reset();
            tracing::info!(address = self.shown, "this address of the engine works again");
        }
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn url(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        let query =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        format!("{}{path}?{query}", self.base)
    }
}
