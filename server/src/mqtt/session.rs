use core::time::Duration;

use rumqttc::mqttbytes::QoS;
use rumqttc::{Event, Packet, Publish};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, interval_at, sleep_until, timeout};

use super::broker::{Connection, no_answer};
use super::discovery;
use super::message::{OFFLINE, ONLINE};
use super::publisher::Work;
use crate::state::News;

/// Most messages under way that the broker has not taken yet.
pub(super) const WINDOW: u16 = 64;

/// Room beside those, for what is said only now and then.
const BESIDE: u16 = 8;

/// Between two rounds of sending: no topic is written to more often.
pub(super) const PACE: Duration = Duration::from_secs(1);

/// How long the broker may take for a message.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// How long the broker may take to tell what it has kept of our motes.
const FINDING: Duration = Duration::from_secs(10);

/// Between two looks at what is not kept any more.
const LOOK_INTERVAL: Duration = Duration::from_secs(60);

/// How long the last words may take.
const FAREWELL: Duration = Duration::from_millis(800);

/// How a connection ended.
pub(super) enum End {
    /// The server stops.
    Stopped,
    /// The broker did not take it, or lost it.
    Lost {
        /// Why.
        reason: String,
        /// Soon after it had greeted, as it does if another client has the same name.
        is_soon: bool,
    },
}

/// One connection to the broker, and what goes over it.
pub(super) struct Session<'a> {
    pub(super) work: &'a Work,
    pub(super) connection: Connection,
    news: Receiver<News>,
    is_open: bool,
    /// Messages that the broker has not taken yet.
    pub(super) under_way: u16,
    /// Until then it has to take one of them.
    pub(super) deadline: Instant,
    pub(super) next_round: Instant,
    /// Until then the broker tells what it has kept of motes.
    finding: Option<Instant>,
}

impl<'a> Session<'a> {
    /// Begins to connect.
    pub(super) fn new(work: &'a Work) -> Self {
        let now = Instant::now();
        Self {
            connection: work.broker.connect(WINDOW + BESIDE),
            news: work.app.states.news(),
            work,
            is_open: false,
            under_way: 0,
            deadline: now,
            next_round: now,
            finding: None,
        }
    }

    /// Publishes what is newest until the connection or the server ends.
    pub(super) async fn run(&mut self) -> End {
        let work = self.work;
        let mut stopped = work.app.stopped();
        let mut look = interval_at(Instant::now() + LOOK_INTERVAL, LOOK_INTERVAL);
        loop {
            let may_send = self.is_open && self.under_way < WINDOW;
            let done = tokio::select! {
                biased;
                _ = stopped.wait_for(|&stopped| stopped) => {
                    self.say_farewell().await;
                    return End::Stopped;
                }
                event = self.connection.next() => match event {
                    Ok(event) => self.handle_event(event),
                    Err(reason) => Err(reason),
                },
                () = sleep_until(self.deadline), if self.under_way > 0 => Err(no_answer()),
                news = self.news.recv() => {
                    self.handle_news(news);
                    Ok(())
                }
                () = sleep_until(self.finding.unwrap_or(self.deadline)), if self.finding.is_some() => {
                    self.finding = None;
                    work.say_connected(true);
                    self.connection.client.try_unsubscribe(work.config.topic.filter()).map_err(|error| error.to_string())
                }
                _ = look.tick() => {
                    work.look().await;
                    Ok(())
                }
                () = due(work, self.next_round), if may_send => self.send_round().await,
            };
            if let Err(reason) = done {
                return End::Lost { reason, is_soon: self.finding.is_some() };
            }
        }
    }

    fn handle_event(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Incoming(Packet::ConnAck(_)) => self.open(),
            Event::Incoming(Packet::PubAck(_)) => {
                self.under_way = self.under_way.saturating_sub(1);
                self.deadline = Instant::now() + PATIENCE;
                self.work.metrics.published.inc();
                Ok(())
            }
            Event::Incoming(Packet::Publish(publish)) => {
                self.handle_message(&publish);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The broker has greeted: whatever it knew, it is told everything.
    fn open(&mut self) -> Result<(), String> {
        let Work { config, latest, .. } = self.work;
        self.is_open = true;
        self.work.say_connected(false);
        let fault = |error: rumqttc::ClientError| error.to_string();
        self.connection
            .client
            .try_subscribe(config.topic.filter(), QoS::AtMostOnce)
            .map_err(fault)?;
        self.finding = Some(Instant::now() + FINDING);
        if let Some(prefix) = &config.home_assistant {
            let birth = discovery::birth_topic(prefix);
            self.connection.client.try_subscribe(birth, QoS::AtLeastOnce).map_err(fault)?;
        }
        // Labels may have changed while nobody listened.
        latest.forget_labels();
        latest.mark_all();
        self.publish(config.topic.server(), ONLINE)
    }

    fn handle_message(&mut self, publish: &Publish) {
        let Work { config, latest, .. } = self.work;
        let Ok(topic) = core::str::from_utf8(&publish.topic) else { return };
        let is_birth = config
            .home_assistant
            .as_ref()
            .is_some_and(|prefix| topic == discovery::birth_topic(prefix));
        // What was retained is older than what was just sent.
        if is_birth && !publish.retain && &*publish.payload == ONLINE.as_bytes() {
            latest.mark_all();
        } else if publish.retain
            && let Some(mac) = config.topic.mote(topic)
        {
            latest.find(mac);
        }
    }

    fn handle_news(&mut self, news: Result<News, RecvError>) {
        let latest = &self.work.latest;
        match news {
            Ok(News::States(motes)) => latest.mark_states(motes.iter().map(|mote| mote.mac)),
            Ok(News::Label(mac, label)) => latest.set_labels([(mac, label)]),
            Ok(News::Gateway(_)) => {}
            Err(_) => {
                latest.forget_labels();
                latest.mark_all();
            }
        }
    }

    /// Says that the server is not there any more, which else the broker would have to find out.
    async fn say_farewell(&mut self) {
        if !self.is_open {
            return;
        }
        let said = self.publish(self.work.config.topic.server(), OFFLINE);
        if said.is_ok() && self.connection.client.try_disconnect_with_timeout(FAREWELL).is_ok() {
            let over = async { while self.connection.next().await.is_ok() {} };
            let _ = timeout(FAREWELL, over).await;
        }
    }
}

/// Waits until there is something to be sent, but for the next round at least.
async fn due(work: &Work, next_round: Instant) {
    sleep_until(next_round).await;
    work.latest.due().await;
}
