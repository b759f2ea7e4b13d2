//! Buckets: NATS' key-value stores, each a stream of JetStream that keeps the last message of each
//! subject.

use core::convert::Infallible;
use core::time::Duration;

use async_nats::header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::stream::{Config, DiscardPolicy, Stream};
use async_nats::{HeaderMap, HeaderValue};

use super::following::{Following, Place};
use super::log::Log;
use super::stored::Stored;
use crate::tally::Tally;

/// The header that says that a message is no value, and what it is for a key that was taken away.
const OPERATION: &str = "KV-Operation";
const DELETED: &str = "DEL";

/// Before it is tried again.
const PAUSE: Duration = Duration::from_millis(300);

/// Texts under keys, which every server watches.
#[derive(Clone)]
pub(super) struct Bucket {
    log: Log,
    name: &'static str,
}

/// What a key has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    /// It grows with each change of any key.
    pub(super) revision: u64,
    /// None: it was taken away.
    pub(super) value: Option<Vec<u8>>,
}

/// What one who watches is told.
#[derive(Debug)]
pub(super) enum Seen {
    /// All that there is follows, as if nothing had been told before. The text is another one for a
    /// bucket that was made anew.
    Begin(String),
    /// What a key has.
    Entry(Entry),
    /// That is all; changes follow.
    Whole,
}

/// Why a key is not set.
#[derive(Debug)]
pub(super) enum SetError {
    /// Somebody was faster.
    Changed,
    /// It may be possible later.
    Unavailable(String),
}

impl Bucket {
    pub(super) const fn new(log: Log, name: &'static str) -> Self {
        Self { log, name }
    }

    /// Sets a key, whatever it has; returns when a quorum has it.
    pub(super) async fn put(&self, key: &str, value: Vec<u8>) -> Result<(), String> {
        self.open().await?;
        let outcome = self.publish(key, HeaderMap::new(), value).await;
        outcome.map(drop).map_err(|error| match error {
            SetError::Changed => "it is not set as it was to be".to_owned(),
            SetError::Unavailable(reason) => reason,
        })
    }

    /// Sets a key, or takes it away, if nobody has changed it since this revision; 0 is that of one
    /// that never was.
    pub(super) async fn set(
        &self,
        key: &str,
        value: Option<Vec<u8>>,
        since: u64,
    ) -> Result<Entry, SetError> {
        self.open().await.map_err(SetError::Unavailable)?;
        let mut headers = HeaderMap::new();
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, HeaderValue::from(since));
        if value.is_none() {
            headers.insert(OPERATION, DELETED);
        }
        let revision = self.publish(key, headers, value.clone().unwrap_or_default()).await?;
        Ok(Entry { key: key.to_owned(), revision, value })
    }

    /// Takes away all keys that begin with this and a dot, as if they had never been.
    pub(super) async fn purge(&self, prefix: &str) -> Result<(), String> {
        let stream = self.open().await?;
        let purged = stream.purge().filter(format!("{}{prefix}.>", self.subjects())).await;
        purged.map(drop).map_err(|error| self.said(&error))
    }

    /// Tells of all that there is and that is changed, for ever; from the beginning again whenever
    /// something may have been missed.
    pub(super) async fn watch(&self, mut tell: impl FnMut(Seen)) {
        let failed = Tally::default();
        loop {
            let Err(reason) = self.watch_once(&mut tell).await;
            if let Some(times) = failed.count() {
                tracing::warn!(reason, times, "what others change is not heard of");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn watch_once(&self, tell: &mut impl FnMut(Seen)) -> Result<Infallible, String> {
        let said = |error: String| self.said(&error);
        let (stream, mut place) = (self.open().await?, Place::default());
        let mut following = Following::of(&self.log, stream, &mut place).await.map_err(said)?;
        tell(Seen::Begin(following.id().to_owned()));
        let mut is_whole = false;
        loop {
            match following.next().await.map_err(said)? {
                Some(message) => {
                    if let Some(entry) = self.entry(message) {
                        tell(Seen::Entry(entry));
                    }
                }
                None if is_whole => {}
                None => {
                    is_whole = true;
                    tell(Seen::Whole);
                }
            }
        }
    }

    fn entry(&self, Stored { sequence, subject, headers, payload }: Stored) -> Option<Entry> {
        let key = subject.strip_prefix(&self.subjects())?.to_owned();
        let is_value = headers.get(OPERATION).is_none();
        Some(Entry { key, revision: sequence, value: is_value.then(|| payload.into()) })
    }

    async fn publish(
        &self,
        key: &str,
        headers: HeaderMap,
        value: Vec<u8>,
    ) -> Result<u64, SetError> {
        let subject = format!("{}{key}", self.subjects());
        let unavailable = |error: &dyn core::fmt::Display| SetError::Unavailable(self.said(error));
        let context = self.log.context();
        let sent = context.publish_with_headers(subject, headers, value.into()).await;
        match sent.map_err(|error| unavailable(&error))?.await {
            Ok(ack) => Ok(ack.sequence),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => {
                Err(SetError::Changed)
            }
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// Its stream as it is now, which is made if there is none.
    async fn open(&self) -> Result<Stream, String> {
        let name = format!("KV_{}", self.name);
        // As async-nats would make it, which first asks for what nats-server 2.9 answers otherwise.
        let config = |num_replicas| Config {
            name: name.clone(),
            subjects: vec![format!("{}>", self.subjects())],
            max_messages_per_subject: 1,
            discard: DiscardPolicy::New,
            allow_rollup: true,
            deny_delete: true,
            allow_direct: true,
            num_replicas,
            ..Config::default()
        };
        self.log.find_or_make(&name, config).await.map_err(|error| self.said(&error))
    }

    fn subjects(&self) -> String {
        format!("$KV.{}.", self.name)
    }

    fn said(&self, error: &dyn core::fmt::Display) -> String {
        format!("NATS' bucket {}: {error}", self.name)
    }
}
