//! The log: a stream of NATS JetStream with three replicas. What a quorum has NATS tells everybody who listens: it is
//! the bus too.

mod contact;
mod stream;

use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io;
use std::sync::Arc;

use async_nats::connection::State;
use async_nats::jetstream::consumer::{self, AckPolicy, PullConsumer};
use async_nats::jetstream::response::Response;
use async_nats::jetstream::{Context, ErrorCode, context::ContextBuilder};
use async_nats::{Client, ConnectOptions, Event, HeaderMap, HeaderValue, Subscriber};
use axum::body::Bytes;
use serde::de::IgnoredAny;
use tokio::runtime::Handle;
use tokio::sync::watch;

use contact::{Contact, Turn};
pub(super) use stream::id;

use crate::store::ClusterConfig;

/// The stream's name. It takes all subjects below; the first servers had one for each kind.
const STREAM: &str = "clouddata";

/// The subject of what is posted.
const POSTS: &str = "clouddata.posts";

/// The header of a message that says which server has sent it.
const SERVER: &str = "Clouddata-Server";

/// The one consumer whose messages the servers share out among their writers.
const WRITERS: &str = "history";

/// Comes when a quorum has a message.
pub(super) type Acknowledged = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// How long a quorum may take to say that it has a message: a gateway waits longer for its answer.
pub(super) const DEADLINE: Duration = Duration::from_secs(3);

/// How long a writer may keep a message before another one gets it: longer than it takes until the
/// history has written it to its disk.
const ACK_WAIT: Duration = Duration::from_secs(60);

/// Messages that writers may have at a time.
const MAX_ACK_PENDING: i64 = 100_000;

/// Messages that may wait for a quorum; what waits in all is bounded by the backlog.
const MAX_INFLIGHT: usize = 100_000;

/// Messages that wait to be heard, of half a megabyte at most; what is too much is asked for later.
const AHEAD: usize = 128;

/// What NATS says of a message that is not there.
const IS_GONE: [ErrorCode; 2] = [ErrorCode::SEQUENCE_NOT_FOUND, ErrorCode::NO_MESSAGE_FOUND];

/// Speaks to NATS, which need not be up yet.
#[derive(Clone)]
pub(super) struct Log {
    client: Client,
    context: Context,
    /// Whether the stream was there.
    is_found: Arc<AtomicBool>,
    /// How many connections there were.
    connections: Arc<watch::Sender<u64>>,
    contact: Arc<Contact>,
    /// What tells this run of the server from any other.
    server: Arc<str>,
}

impl Log {
    /// Connects, again and again, until it is dropped.
    pub(super) fn connect(config: &ClusterConfig, runtime: &Handle) -> io::Result<Self> {
        let connections = Arc::<watch::Sender<u64>>::default();
        let connected = Arc::clone(&connections);
        let turn = Arc::<Turn>::default();
        let next = Arc::clone(&turn);
        let mut options = ConnectOptions::new()
            .name("clouddata-server")
            .retry_on_initial_connect()
            .connection_timeout(Duration::from_secs(1))
            // One that does not answer three of them is left for another.
            .ping_interval(Duration::from_millis(500))
            .request_timeout(Some(DEADLINE))
            .subscription_capacity(AHEAD)
            .reconnect_delay_callback(|attempts| {
                Duration::from_millis(if attempts < 3 { 100 } else { 1000 })
            })
            .reconnect_to_server_callback(move |servers, _| {
                core::future::ready(next.next(&servers))
            })
            .event_callback(move |event| {
                match event {
                    Event::Connected => {
                        tracing::info!("connected to NATS");
                        connected.send_modify(|count| *count += 1);
                    }
                    Event::Disconnected => tracing::warn!("no connection to NATS"),
                    event => tracing::debug!(%event, "NATS"),
                }
                core::future::ready(())
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
        let contact = Arc::new(Contact::new(client.clone(), turn));
        Ok(Self { client, context, is_found: Arc::default(), connections, contact, server })
    }

    pub(super) const fn context(&self) -> &Context {
        &self.context
    }

    /// Changes with each connection to NATS.
    pub(super) fn connections(&self) -> watch::Receiver<u64> {
        self.connections.subscribe()
    }

    /// What NATS has answered to a question; one that answers nothing for long is left for another.
    pub(super) async fn hear_of<T, E>(&self, answer: Result<T, E>) -> Result<T, E> {
        match answer {
            Ok(_) => self.contact.answered(),
            Err(_) => self.contact.unanswered().await,
        }
        answer
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
    pub(super) async fn send(&self, message: Bytes) -> Result<Acknowledged, String> {
        if let Some(fault) = self.fault() {
            return Err(fault);
        }
        let mut headers = HeaderMap::new();
        headers.insert(SERVER, &*self.server);
        let sent = self.context.publish_with_headers(POSTS, headers, message);
        let ack = sent.await.map_err(|error| format!("NATS: {error}"))?;
        Ok(Box::pin(async { ack.await.map(drop).map_err(|error| format!("NATS: {error}")) }))
    }

    /// What names this run of the server.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    /// Whether this server is the sender of a message.
    pub(super) fn is_ours(&self, sender: &str) -> bool {
        *self.server == *sender
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
}

/// Which server has sent a message.
pub(super) fn sender(headers: &HeaderMap) -> &str {
    headers.get(SERVER).map(HeaderValue::as_str).unwrap_or_default()
}
