use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, State, Stream};
use futures_util::TryStreamExt;
use readings::{Quantity, Timestamp};
use tokio::runtime::Runtime;

use crate::site::{Site, mac, until};

/// The log, as anybody sees it.
pub(crate) struct Log {
    runtime: Runtime,
    context: Context,
    stream: Stream,
}

impl Log {
    pub(crate) fn of(site: &Site) -> Self {
        Self::find(site, async |context| context.get_stream("clouddata").await.ok())
    }

    /// Makes it as an older server did.
    pub(crate) fn make(site: &Site) -> Self {
        let config = || Config {
            name: "clouddata".to_owned(),
            subjects: vec!["clouddata.>".to_owned()],
            discard: DiscardPolicy::New,
            num_replicas: 3,
            ..Config::default()
        };
        Self::find(site, async |context| context.create_stream(config()).await.ok())
    }

    fn find(site: &Site, find: impl AsyncFn(&Context) -> Option<Stream>) -> Self {
        let runtime = Runtime::new().unwrap();
        let url = format!("nats://{}", site.nats[0].address());
        let client = runtime.block_on(async_nats::connect(url)).unwrap();
        let context = runtime.block_on(async { async_nats::jetstream::new(client) });
        let stream = until("there is a log", || runtime.block_on(find(&context)));
        Self { runtime, context, stream }
    }

    /// Whether NATS tells those who listen what it has stored.
    pub(crate) fn is_told_of(&mut self) -> bool {
        self.info().config.republish.is_some()
    }

    /// Who reads it in NATS.
    pub(crate) fn consumers(&self) -> Vec<String> {
        until("the log tells who reads it", || {
            self.runtime.block_on(async { self.stream.consumer_names().try_collect().await.ok() })
        })
    }

    pub(crate) fn state(&mut self) -> State {
        self.info().state
    }

    fn info(&mut self) -> Info {
        let Self { runtime, stream, .. } = self;
        until("the log tells how it is", || {
            runtime.block_on(async { Some(stream.info().await.ok()?.clone()) })
        })
    }

    pub(crate) fn until_empty(&mut self) {
        until("the log is empty", || (self.state().messages == 0).then_some(()));
    }

    /// Waits until each of its replicas has all of it.
    pub(crate) fn until_whole(&mut self) {
        until("the log is whole", || {
            let cluster = self.info().cluster?;
            let is_whole = cluster.leader.is_some()
                && cluster.replicas.len() == 2
                && cluster.replicas.iter().all(|replica| replica.current && !replica.offline);
            is_whole.then_some(())
        });
    }

    /// Publishes what the first servers did for a temperature of 21.5 °C.
    pub(crate) fn publish_as_the_first(&self, mote: u8, time: Timestamp) {
        let mut message = vec![1, 0, 5, 0];
        message.extend(b"attic");
        message.push(Quantity::TEMPERATURE.code());
        message.extend(mac(mote).octets());
        message.extend(time.as_micros().to_le_bytes());
        message.extend(21.5_f64.to_le_bytes());
        let publish = async || {
            let sent = self.context.publish("clouddata.0.readings", message.clone().into()).await;
            sent.ok()?.await.ok()
        };
        until("the log takes it", || self.runtime.block_on(publish()));
    }

    /// Acknowledges all that writers have not got yet, as if they had lost count of it.
    pub(crate) fn acknowledge(&mut self) {
        let newest = self.state().last_sequence;
        let acknowledge = async || {
            let consumer: PullConsumer = self.stream.get_consumer("history").await.ok()?;
            let mut messages = consumer.fetch().max_messages(1).messages().await.ok()?;
            let message = messages.try_next().await.ok()??;
            message.double_ack().await.ok()?;
            (message.info().ok()?.stream_sequence == newest).then_some(())
        };
        until("the newest is acknowledged", || self.runtime.block_on(acknowledge()));
        assert_eq!(self.state().messages, 1);
    }

    /// As if what they know were lost.
    pub(crate) fn delete_consumers(&self) {
        until("nobody reads it any more", || {
            let names = self.consumers();
            self.runtime.block_on(async {
                for name in &names {
                    let _ = self.stream.delete_consumer(name).await;
                }
            });
            names.is_empty().then_some(())
        });
    }
}
