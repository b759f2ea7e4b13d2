//! How the streams of NATS are made.

use core::sync::atomic::Ordering;

use async_nats::Subscriber;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, Republish, RetentionPolicy, Stream};

use super::{Log, STREAM};

/// Before the name of a stream, when all are told what it stores.
const STORED: &str = "clouddata-stored";

/// Copies of all that is kept, each on another NATS server.
const REPLICAS: usize = 3;

/// Most octets that the stream keeps of what the history does not have yet; then nothing more is
/// taken, and gateways keep what is new.
const SIZE: i64 = 1 << 30;

impl Log {
    /// That of the log, which is made if there is none.
    pub(in super::super) async fn stream(&self) -> Result<Stream, String> {
        let config = |num_replicas| Config {
            name: STREAM.to_owned(),
            subjects: vec![format!("{STREAM}.>")],
            // A message goes when a writer removes it, which knows that the history has it. What consumers have
            // acknowledged is no measure: there may be none yet, and what is given back counts for another one
            // as acknowledged (nats-server's pull request 6575).
            retention: RetentionPolicy::Limits,
            // What the history does not have yet is never dropped for what is new.
            discard: DiscardPolicy::New,
            max_bytes: SIZE,
            num_replicas,
            ..Config::default()
        };
        let stream = self.find_or_make(STREAM, config).await;
        let stream = stream.map_err(|error| format!("the log: {error}"))?;
        if !self.is_found.swap(true, Ordering::Relaxed)
            && stream.cached_info().config.retention != RetentionPolicy::Limits
        {
            tracing::warn!(
                "the stream {STREAM} has another retention than by limits: it may lose readings when NATS servers \
                 fail; stop the gateways, and delete it when it is empty, then it is made anew"
            );
        }
        Ok(stream)
    }

    /// What is stored in a stream from now on.
    pub(in super::super) async fn listen_to(&self, stream: &Stream) -> Result<Subscriber, String> {
        let config = &stream.cached_info().config;
        if config.republish.is_none() {
            // It is an older version's. Newer NATS servers permit the change.
            let told = told(config.clone());
            if let Err(error) = self.context.update_stream(told).await {
                let name = &config.name;
                tracing::warn!(%error, name, "what NATS stores here it does not tell: it is asked once a second");
            }
        }
        self.listen(subjects_of_stored(&config.name)).await
    }

    /// The stream of this name as it is now; made, with as many replicas as there can be, if there is none.
    pub(in super::super) async fn find_or_make(
        &self,
        name: &str,
        config: impl Fn(usize) -> Config,
    ) -> Result<Stream, String> {
        let found = self.find_or_try_to_make(name, config).await;
        self.hear_of(found).await
    }

    async fn find_or_try_to_make(
        &self,
        name: &str,
        config: impl Fn(usize) -> Config,
    ) -> Result<Stream, String> {
        match self.context.get_stream(name).await {
            Ok(stream) => return Ok(stream),
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(of)
                    if of.error_code() == ErrorCode::STREAM_NOT_FOUND => {}
                _ => return Err(error.to_string()),
            },
        }
        let make = |replicas| self.context.create_stream(told(config(replicas)));
        let made = match make(REPLICAS).await {
            Err(error) if is_alone(&error.kind()) => {
                tracing::warn!(name, "this NATS server is no cluster: what it keeps has no copy");
                make(1).await
            }
            made => made,
        };
        made.map_err(|error| format!("it cannot be made: {error}"))
    }
}

/// The same stream, of which NATS tells what it stores.
fn told(config: Config) -> Config {
    let (source, destination) = (config.subjects.concat(), subjects_of_stored(&config.name));
    Config { republish: Some(Republish { source, destination, headers_only: false }), ..config }
}

/// Where it tells that of the stream of this name.
fn subjects_of_stored(name: &str) -> String {
    format!("{STORED}.{name}.>")
}

/// Whether there is one server, which is no cluster.
fn is_alone(kind: &CreateStreamErrorKind) -> bool {
    matches!(kind, CreateStreamErrorKind::JetStream(error)
        if error.error_code() == ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED)
}
