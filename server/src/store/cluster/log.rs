//! The log: a stream of NATS JetStream with three replicas, which is the bus too.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io;
use std::sync::Arc;

use async_nats::connection::State;
use async_nats::jetstream::consumer::{self, AckPolicy, DeliverPolicy, PullConsumer};
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, Stream};
use async_nats::jetstream::{Context, ErrorCode, Message, context::ContextBuilder};
use async_nats::{Client, ConnectOptions, Event, HeaderMap, Subscriber};
use serde::de::IgnoredAny;
use tokio::runtime::Handle;

use super::tail;
use crate::store::ClusterConfig;

/// The stream's name. It takes all subjects below; the first servers had one for each kind.
const STREAM: &str = "clouddata";

/// The subject of what is posted.
const POSTS: &str = "clouddata.posts";

/// The header of a message that says which server has sent it.
const SERVER: &str = "Clouddata-Server";

/// The one consumer whose messages the servers share out among their writers.
const WRITERS: &str = "history";

/// Copies of all that is kept, each on another NATS server.
const REPLICAS: usize = 3;

/// Most octets that the stream keeps of what the history does not have yet; then nothing more is
/// taken, and gateways keep what is new.
const SIZE: i64 = 1 << 30;

/// How long a quorum may take to say that it has a message: a gateway waits longer for its answer.
const DEADLINE: Duration = Duration::from_secs(3);

/// How long a writer may keep a message before another one gets it: longer than it takes until the
/// history has written it to its disk.
const ACK_WAIT: Duration = Duration::from_secs(60);

/// Messages that writers may have at a time.
const MAX_ACK_PENDING: i64 = 100_000;

/// Messages that may wait for a quorum; what waits in all is bounded by the backlog.
const MAX_INFLIGHT: usize = 100_000;

/// What NATS says of a message that is not there.
const IS_GONE: [ErrorCode; 2] = [ErrorCode::SEQUENCE_NOT_FOUND, ErrorCode::NO_MESSAGE_FOUND];

/// Speaks to NATS, which need not be up yet.
#[derive(Clone)]
pub(super) struct Log {
    client: Client,
    context: Context,
    /// Whether the stream was there.
    is_found: Arc<AtomicBool>,
    /// What tells this run of the server from any other.
    server: Arc<str>,
}

impl Log {
    /// Connects, again and again, until it is dropped.
    pub(super) fn connect(config: &ClusterConfig, runtime: &Handle) -> io::Result<Self> {
        let mut options = ConnectOptions::new()
            .name("clouddata-server")
            .retry_on_initial_connect()
            .connection_timeout(Duration::from_secs(2))
            .ping_interval(Duration::from_secs(2))
            .request_timeout(Some(DEADLINE))
            .reconnect_delay_callback(|attempts| {
                Duration::from_millis(if attempts < 3 { 100 } else { 1000 })
            })
            .event_callback(|event| async move {
                match event {
                    Event::Connected => tracing::info!("connected to NATS"),
                    Event::Disconnected => tracing::warn!("no connection to NATS"),
                    event => tracing::debug!(%event, "NATS"),
                }
            });
        if let Some((user, password)) = config.nats_credentials.clone() {
            options = options.user_and_password(user, password);
        }
        let _inside = runtime.enter();
        let client = runtime.block_on(options.connect(&config.nats_urls[..]));
        let client = client.map_err(io::Error::other)?;
        let context = ContextBuilder::new()
            .timeout(DEADLINE)
            .ack_timeout(DEADLINE)
            .max_ack_inflight(MAX_INFLIGHT)
            .build(client.clone());
        let server = format!("{:016x}", fastrand::u64(..)).into();
        Ok(Self { client, context, is_found: Arc::default(), server })
    }

    pub(super) const fn context(&self) -> &Context {
        &self.context
    }

    /// Why nothing can be published now, if that is known.
    pub(super) fn fault(&self) -> Option<String> {
        let fault = if self.client.connection_state() != State::Connected {
            "there is no connection to NATS"
        } else if !self.is_found.load(Ordering::Relaxed) {
            "the log is not there yet"
        } else {
            return None;
        };
        Some(fault.to_owned())
    }

    /// Sends a message; what is returned waits until a quorum has it.
    pub(super) async fn send(
        &self,
        message: Vec<u8>,
    ) -> Result<impl Future<Output = Result<(), String>> + Send + use<>, String> {
        if let Some(fault) = self.fault() {
            return Err(fault);
        }
        let mut headers = HeaderMap::new();
        headers.insert(SERVER, &*self.server);
        let sent = self.context.publish_with_headers(POSTS, headers, message.into());
        let sent = tokio::time::timeout(DEADLINE, sent);
        let late = |_| "NATS takes nothing".to_owned();
        let ack = sent.await.map_err(late)?.map_err(|error| format!("NATS: {error}"))?;
        Ok(async { ack.await.map(drop).map_err(|error| format!("NATS: {error}")) })
    }

    /// Whether this server has sent this message.
    pub(super) fn is_ours(&self, message: &Message) -> bool {
        let sender = message.headers.as_ref().and_then(|headers| headers.get(SERVER));
        sender.is_some_and(|sender| sender.as_str() == &*self.server)
    }

    /// Tells it to those who listen now, and to nobody later.
    pub(super) async fn call(&self, subject: String, message: Vec<u8>) {
        if let Err(error) = self.client.publish(subject, message.into()).await {
            tracing::debug!(%error, "other servers are not told");
        }
    }

    /// What others tell.
    pub(super) async fn listen(&self, subject: String) -> Result<Subscriber, String> {
        self.client.subscribe(subject).await.map_err(|error| format!("NATS: {error}"))
    }

    /// The stream, which is made if there is none.
    pub(super) async fn stream(&self) -> Result<Stream, String> {
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

    /// The stream of this name as it is now; made, with as many replicas as there can be, if there is none.
    pub(super) async fn find_or_make(
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

    /// The consumer that the writers share.
    pub(super) async fn writers(&self) -> Result<PullConsumer, String> {
        let config = consumer::pull::Config {
            durable_name: Some(WRITERS.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_ack_pending: MAX_ACK_PENDING,
            // On disks it costs as much as the log. Should it be lost, all that is in the log is delivered again.
            memory_storage: true,
            ..Default::default()
        };
        let consumer = self.stream().await?.get_or_create_consumer(WRITERS, config).await;
        consumer.map_err(|error| format!("the log's writers: {error}"))
    }

    /// Removes a message, which may be gone already.
    pub(super) async fn remove(&self, sequence: u64) -> Result<(), String> {
        // Its octets need not be overwritten.
        let request = serde_json::json!({ "seq": sequence, "no_erase": true });
        match self.context.request(format!("STREAM.MSG.DELETE.{STREAM}"), &request).await {
            Ok(Response::Ok(IgnoredAny)) => Ok(()),
            Ok(Response::Err { error }) if IS_GONE.contains(&error.error_code()) => Ok(()),
            Ok(Response::Err { error }) => Err(format!("NATS: {error}")),
            Err(error) => Err(format!("NATS: {error}")),
        }
    }

    /// A consumer of one's own of all messages from this one on.
    pub(super) async fn follower(&self, from: u64) -> Result<PullConsumer, String> {
        let from = DeliverPolicy::ByStartSequence { start_sequence: from.max(1) };
        let consumer = self.stream().await?.create_consumer(tail::config(from)).await;
        consumer.map_err(|error| format!("the log cannot be followed: {error}"))
    }
}

/// Whether there is one server, which is no cluster.
fn is_alone(kind: &CreateStreamErrorKind) -> bool {
    matches!(kind, CreateStreamErrorKind::JetStream(error)
        if error.error_code() == ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED)
}
