use core::time::Duration;

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::pull::{Config, Stream};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer};
use futures_util::StreamExt;

/// How long a request for messages waits at the server, which says several times meanwhile that it is there:
/// so a NATS server that is gone is noticed.
const EXPIRES: Duration = Duration::from_secs(4);
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Messages that a NATS server sends ahead, of half a megabyte at most.
const AHEAD: usize = 64;

/// A consumer of one's own, of which nothing is acknowledged. It is in one NATS server's memory, and gone
/// with it.
pub(super) fn config(deliver_policy: DeliverPolicy) -> Config {
    Config {
        deliver_policy,
        ack_policy: AckPolicy::None,
        inactive_threshold: Duration::from_secs(30),
        num_replicas: 1,
        memory_storage: true,
        ..Config::default()
    }
}

/// What such a consumer delivers, for ever: each message once, in their order, none left out.
pub(super) struct Tail {
    messages: Stream,
    delivered: u64,
}

impl Tail {
    pub(super) async fn of(consumer: &PullConsumer) -> Result<Self, String> {
        let messages = consumer.stream().max_messages_per_batch(AHEAD).expires(EXPIRES);
        let messages = messages.heartbeat(HEARTBEAT).messages().await;
        Ok(Self { messages: messages.map_err(|error| error.to_string())?, delivered: 0 })
    }

    /// The next message, with its number in the stream; or why there is none any more.
    pub(super) async fn next(&mut self) -> Result<(u64, Message), String> {
        let message = self.messages.next().await.ok_or("it has ended")?;
        let message = message.map_err(|error| error.to_string())?;
        let info = message.info().map_err(|error| error.to_string())?;
        if info.consumer_sequence != self.delivered + 1 {
            return Err("a message was lost on its way".to_owned());
        }
        self.delivered += 1;
        let sequence = info.stream_sequence;
        Ok((sequence, message))
    }
}
