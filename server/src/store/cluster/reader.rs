use core::time::Duration;

use async_nats::jetstream::consumer::pull::{Batch, Config};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer};
use async_nats::jetstream::stream::Stream;
use futures_util::StreamExt;
use tokio::time::timeout;

use super::stored::Stored;

/// How long each step may take. What is on its way when a NATS server ends is gone, and nobody is told.
const PATIENCE: Duration = Duration::from_secs(2);

/// Messages fetched at a time, of half a megabyte at most.
const FETCH: usize = 32;

/// Reads a part of a stream of NATS, in its order.
pub(super) struct Reader {
    consumer: PullConsumer,
    fetched: Option<Batch>,
    /// Whether anything was fetched with the last batch.
    is_any: bool,
    newest: u64,
}

impl Reader {
    /// Of what is still there of these messages.
    pub(super) async fn of(stream: &Stream, first: u64, newest: u64) -> Result<Self, String> {
        // It is in one NATS server's memory, and gone soon after it was used.
        let config = Config {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: first.max(1) },
            ack_policy: AckPolicy::None,
            inactive_threshold: Duration::from_secs(30),
            num_replicas: 1,
            memory_storage: true,
            ..Config::default()
        };
        let consumer = in_time(stream.create_consumer(config)).await?;
        let consumer = consumer.map_err(|error| error.to_string())?;
        Ok(Self { consumer, fetched: None, is_any: false, newest })
    }

    /// The next message.
    pub(super) async fn next(&mut self) -> Result<Option<Stored>, String> {
        loop {
            if let Some(fetched) = &mut self.fetched {
                if let Some(message) = in_time(fetched.next()).await? {
                    self.is_any = true;
                    let message = message.map_err(|error| error.to_string())?;
                    let info = message.info().map_err(|error| error.to_string())?;
                    let sequence = info.stream_sequence;
                    let is_asked = sequence <= self.newest;
                    return Ok(is_asked.then(|| Stored::delivered(sequence, message)));
                }
                if !self.is_any {
                    return Ok(None);
                }
            }
            let fetched = self.consumer.fetch().max_messages(FETCH).messages().await;
            self.fetched = Some(fetched.map_err(|error| error.to_string())?);
            self.is_any = false;
        }
    }
}

async fn in_time<T>(step: impl Future<Output = T>) -> Result<T, String> {
    timeout(PATIENCE, step).await.map_err(|_| "what is in a stream is not told in time".to_owned())
}
