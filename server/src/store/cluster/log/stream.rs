//! How the streams of NATS are made.

use core::sync::atomic::Ordering;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, Republish, RetentionPolicy, Stream};

use super::{Log, STORED, STREAM};

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
            republish: Some(republish()),
            ..Config::default()
        };
        let stream = self.find_or_make(STREAM, config).await;
        let stream = stream.map_err(|error| format!("the log: {error}"))?;
        if !self.is_found.swap(true, Ordering::Relaxed) {
            self.look_at(&stream.cached_info().config).await;
        }
        Ok(stream)
    }

    /// It may be somebody else's, or an older version's.
    async fn look_at(&self, config: &Config) {
        const REMEDY: &str =
            "stop the gateways, and delete it when it is empty, then it is made anew";
        if config.retention != RetentionPolicy::Limits {
            tracing::warn!(
                "the stream {STREAM} has another retention than by limits: it may lose readings when NATS servers \
                 fail; {REMEDY}"
            );
        }
        if config.republish.is_some() {
            return;
        }
        let config = Config { republish: Some(republish()), ..config.clone() };
        if let Err(error) = self.context.update_stream(config).await {
            tracing::warn!(
                %error,
                "the stream {STREAM} does not tell servers what it stores (republish): they ask once a second; {REMEDY}"
            );
        }
    }

    /// The stream of this name as it is now; made, with as many replicas as there can be, if there is none.
    pub(in super::super) async fn find_or_make(
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
        let made = match self.context.create_stream(config(REPLICAS)).await {
            Err(error) if is_alone(&error.kind()) => {
                tracing::warn!(name, "this NATS server is no cluster: what it keeps has no copy");
                self.context.create_stream(config(1)).await
            }
            made => made,
        };
        made.map_err(|error| format!("it cannot be made: {error}"))
    }
}

/// That what is stored is told.
fn republish() -> Republish {
    let subjects = |name| format!("{name}.>");
    Republish { source: subjects(STREAM), destination: subjects(STORED), headers_only: false }
}

/// Whether there is one server, which is no cluster.
fn is_alone(kind: &CreateStreamErrorKind) -> bool {
    matches!(kind, CreateStreamErrorKind::JetStream(error)
        if error.error_code() == ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED)
}
