use core::time::Duration;
use std::io::Read;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ureq::http::{Response, StatusCode};
use ureq::{Body, BodyReader};

use super::address::Address;
use super::addresses::{Addresses, Failure};
use super::answer::{Refusal, has_an_end, is_marked, stranger};
use super::config::{InfluxConfig, Protocol};
use super::place::Place;
use super::whose::Whose;
use crate::store::StoreError;
use crate::tally::Tally;

/// Largest answer, or line of one, that is read into memory: the names of a hundred thousand motes
/// take some six MiB, and no other question of ours that much.
pub(super) const MAX_ANSWER: u64 = 16 << 20;

/// Speaks to the engine, and believes only what the engine itself says.
#[derive(Clone)]
pub(super) struct Client {
    writing: Arc<Addresses>,
    reading: Arc<Addresses>,
    /// Whether it is read elsewhere than it is written to.
    is_split: bool,
    pub(super) place: Arc<Place>,
    /// Whose series are asked for.
    pub(super) whose: Whose,
    failed: Arc<Tally>,
    refused: Arc<Tally>,
}

/// Why a write did not succeed.
pub(super) enum WriteError {
    /// The engine itself refuses some of the points; the others may have been stored.
    Refused(String),
    /// It may succeed later.
    Unavailable(String),
}

/// The same before it is known what it means, also of a question.
enum Fault {
    Refused(Refusal),
    Unavailable(String),
}

impl Fault {
    /// Whether there is no such database or retention policy: InfluxDB 1 says the latter with 500.
    fn is_of_place(&self) -> bool {
        let Self::Refused(Refusal { status, reason }) = self else { return false };
        *status == StatusCode::NOT_FOUND
            || reason.as_ref().is_some_and(|reason| reason.contains("retention policy not found"))
    }

    fn of_write(self) -> WriteError {
        match self {
            Self::Refused(Refusal {
                status: StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY,
                reason: Some(reason),
            }) => WriteError::Refused(reason),
            fault => WriteError::Unavailable(fault.reason()),
        }
    }

    fn reason(self) -> String {
        match self {
            Self::Refused(refusal) => refusal.to_string(),
            Self::Unavailable(reason) => reason,
        }
    }
}

impl Failure for Fault {
    fn is_of_address(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.is_of_address(),
            Self::Unavailable(_) => true,
        }
    }

    fn no_address() -> Self {
        Self::Unavailable("the engine has no address".to_owned())
    }
}

impl Client {
    pub(super) fn new(config: &InfluxConfig, retention: [Duration; 2]) -> Self {
        let authorization = match &config.protocol {
            Protocol::V1 { credentials, .. } => credentials.as_ref().map(|(user, password)| {
                format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
            }),
            Protocol::V2 { token, .. } => token.as_ref().map(|token| format!("Token {token}")),
        };
        let addresses = |urls| Arc::new(Addresses::new(urls, authorization.as_deref()));
        Self {
            writing: addresses(config.write_urls()),
            reading: addresses(config.read_urls()),
            is_split: config.read_urls() != config.write_urls(),
            place: Arc::new(Place::new(config.protocol.clone(), retention)),
            whose: Whose::default(),
            failed: Arc::default(),
            refused: Arc::default(),
        }
    }

    /// The same for another's series.
    pub(super) fn of(&self, whose: Whose) -> Self {
        Self { whose, ..self.clone() }
    }

    /// Writes line protocol with times in microseconds, to where it is kept for its time.
    pub(super) fn write(&self, lines: &[u8], is_of_network: bool) -> Result<(), WriteError> {
        let written = self.writing.first(|address| {
            let (path, parameters) = self.place.of_write(is_of_network);
            let write = || self.try_write(address, path, &parameters, lines);
            match write() {
                Err(refusal)
                    if refusal.is_of_place() && self.place.make(address, is_of_network) =>
                {
                    write()
                }
                written => written,
            }
        });
        written.map_err(Fault::of_write)
    }

    fn try_write(
        &self,
        address: &Address,
        path: &str,
        parameters: &[(&str, &str)],
        lines: &[u8],
    ) -> Result<(), Fault> {
        let answer = address.post(path, parameters, lines).map_err(Fault::Unavailable)?;
        if !address.is_own(&answer) {
            return Err(Fault::Unavailable(stranger(&answer)));
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
        Err(Fault::Refused(refusal))
    }

    /// The whole answer to a question.
    pub(super) fn fetch(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<u8>, StoreError> {
        self.stream(path, parameters, |answer| {
            let mut body = Vec::new();
            match answer.take(MAX_ANSWER).read_to_end(&mut body) {
                Ok(read) if read as u64 == MAX_ANSWER => {
                    Err("the engine's answer is too long".to_owned())
                }
                Ok(_) => Ok(body),
                Err(error) => Err(format!("the engine's answer: {error}")),
            }
        })
    }

    /// Asks something, and reads the answer as it comes.
    pub(super) fn stream<T>(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
        read: impl FnOnce(BodyReader<'static>) -> Result<T, String>,
    ) -> Result<T, StoreError> {
        let asked = self.reading.first(|address| {
            let answer = address.get(path, parameters).map_err(Fault::Unavailable)?;
            Ok((address, checked(address, answer)?))
        });
        let outcome = asked.map_err(Fault::reason).and_then(|(address, answer)| {
            // One that breaks off is not asked of another address, but the next question is.
            let answer = read(answer.into_body().into_reader());
            answer.inspect_err(|_| self.reading.fail(address))
        });
        self.note(outcome)
    }

    /// What the engine tells Prometheus of itself where it is written to; none if it does not.
    pub(super) fn metrics(&self) -> Option<String> {
        let asked = self.writing.first(|address| {
            let answer = address.get("/metrics", &[]).map_err(Fault::Unavailable)?;
            expect(StatusCode::OK, answer)
        });
        asked.ok()?.body_mut().with_config().limit(MAX_ANSWER).read_to_string().ok()
    }

    /// Has it done something for which it has no answer.
    pub(super) fn order(&self, path: &str, parameters: &[(&str, &str)]) -> Result<(), StoreError> {
        let done = self.writing.first(|address| {
            let answer = address.post(path, parameters, &[]).map_err(Fault::Unavailable)?;
            expect(StatusCode::NO_CONTENT, answer)
        });
        self.note(done.map(drop).map_err(Fault::reason))
    }

    /// Whether it is the engine that answers to this where it is read, and where it is written to.
    pub(super) fn ping(&self, path: &str, parameters: &[(&str, &str)]) -> Result<(), StoreError> {
        let ask = |address: &Address| {
            let pong = address.get(path, parameters).map_err(Fault::Unavailable)?;
            let is_engine = pong.status().is_success() && is_marked(pong.headers());
            if is_engine { Ok(()) } else { Err(Fault::Unavailable(stranger(&pong))) }
        };
        self.note(self.reading.first(ask).map_err(Fault::reason))?;
        if !self.is_split {
            return Ok(());
        }
        match self.write(&[], false) {
            // That nothing is too little is said by the engine too.
            Ok(()) | Err(WriteError::Refused(_)) => Ok(()),
            Err(WriteError::Unavailable(reason)) => self.note(Err(reason)),
        }
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
}

/// An answer to a query, if it is the engine's and will be whole.
fn checked(address: &Address, answer: Response<Body>) -> Result<Response<Body>, Fault> {
    if !address.is_own(&answer) {
        return Err(Fault::Unavailable(stranger(&answer)));
    }
    let answer = expect(StatusCode::OK, answer)?;
    if !has_an_end(answer.headers()) {
        let reason = "the engine's answer does not say where it ends";
        return Err(Fault::Unavailable(reason.to_owned()));
    }
    Ok(answer)
}

/// The answer, if it has this status.
fn expect(status: StatusCode, answer: Response<Body>) -> Result<Response<Body>, Fault> {
    if answer.status() == status { Ok(answer) } else { Err(Fault::Refused(Refusal::read(answer))) }
}
