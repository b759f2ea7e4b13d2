use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::consumer::pull::Batch;
use futures_util::StreamExt;

use super::log::Log;

/// Messages fetched at a time, of half a megabyte at most.
const FETCH: usize = 32;

/// Reads a part of the log, in its order.
pub(super) struct Reader {
    consumer: PullConsumer,
    fetched: Option<Batch>,
    /// Whether anything was fetched with the last batch.
    is_any: bool,
    newest: u64,
}

impl Reader {
    /// Of what the log still has of these messages.
    pub(super) async fn of(log: &Log, first: u64, newest: u64) -> Result<Self, String> {
        let consumer = log.reader(first).await?;
        Ok(Self { consumer, fetched: None, is_any: false, newest })
    }

    /// The next message, with its number.
    pub(super) async fn next(&mut self) -> Result<Option<(u64, Message)>, String> {
        loop {
            if let Some(fetched) = &mut self.fetched {
                if let Some(message) = fetched.next().await {
                    self.is_any = true;
                    let message = message.map_err(|error| error.to_string())?;
                    let info = message.info().map_err(|error| error.to_string())?;
                    let sequence = info.stream_sequence;
                    return Ok((sequence <= self.newest).then_some((sequence, message)));
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
