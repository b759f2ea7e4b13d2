//! How the streams of NATS are made.

use core::sync::atomic::Ordering;
use core::time::Duration;

use async_nats::Subscriber;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, Info, Republish, RetentionPolicy, Stream,
};
use serde_json::json;
use tokio::time::timeout;

use super::{Log, STREAM};

/// How long a stream may take to say that it is there. Who is asked while it has no leader hears nothing, also when it has
/// one again.
const PATIENCE: Duration = Duration::from_secs(1);

/// Before the name of a stream, when all are told what it stores.
const STORED: &str = "clouddata-stored";

/// With what the description of a stream begins that a server has made.
const OURS: &str = "clouddata ";

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

    /// The stream of this name as it is now; none, if there is none.
    async fn find(&self, name: &str) -> Result<Option<Stream>, String> {
        let found = timeout(PATIENCE, self.context.get_stream(name)).await;
        match found.map_err(|_| "there is no answer")? {
            Ok(stream) => Ok(Some(stream)),
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(of)
                    if of.error_code() == ErrorCode::STREAM_NOT_FOUND =>
                {
                    Ok(None)
                }
                _ => Err(error.to_string()),
            },
        }
    }

    /// What there is in a stream; none, if there is no such stream.
    pub(in super::super) async fn info(&self, name: &str) -> Result<Option<Info>, String> {
        match self.context.request(format!("STREAM.INFO.{name}"), &json!({})).await {
            Ok(Response::Ok(info)) => Ok(Some(info)),
            Ok(Response::Err { error }) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                Ok(None)
            }
            Ok(Response::Err { error }) => Err(error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn find_or_try_to_make(
        &self,
        name: &str,
        config: impl Fn(usize) -> Config,
    ) -> Result<Stream, String> {
        if let Some(stream) = self.find(name).await? {
            return Ok(stream);
        }
        // Of those who make it at the same moment one does: with the same description NATS would take each for it.
        let description = format!("{OURS}{:016x}", fastrand::u64(..));
        let config =
            |replicas| Config { description: Some(description.clone()), ..told(config(replicas)) };
        let make = |replicas| self.context.create_stream(config(replicas));
        let made = match make(REPLICAS).await {
            Err(error) if is_alone(&error.kind()) => {
                tracing::warn!(name, "this NATS server is no cluster: what it keeps has no copy");
                make(1).await
            }
            made => made,
        };
        match made {
            Ok(stream) => Ok(stream),
            Err(error) => {
                let found = self.find(name).await?;
                found.ok_or_else(|| format!("it cannot be made: {error}"))
            }
        }
    }
}

/// The same stream, of which NATS tells what it stores.
fn told(config: Config) -> Config {
    let (source, destination) = (config.subjects.concat(), subjects_of_stored(&config.name));
    Config { republish: Some(Republish { source, destination, headers_only: false }), ..config }
}

/// What tells a stream from another one of its name: its description, if a server of this version has made it. Else when
/// it was made, which NATS servers may not agree on.
pub(in super::super) fn id(info: &Info) -> String {
    let description = info.config.description.as_deref().filter(|it| it.starts_with(OURS));
    description.map_or_else(|| info.created.to_string(), str::to_owned)
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
