use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use readings::{Mac, Quantity};
use tokio::runtime::{Builder, Handle};

use super::broker::Broker;
use super::config::MqttConfig;
use super::latest::Latest;
use super::recall::recall;
use super::session::{End, Session};
use crate::app::App;
use crate::backoff::Backoff;
use crate::metrics::MqttMetrics;
use crate::store::{Label, StoreError};

/// The longest pause before the broker is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long a stop waits for the last words.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// Motes whose labels are asked for at a time.
const LABELS: usize = 500;

/// A thread that publishes what is known of the motes. It ends when the app is stopped; dropping this
/// waits for that, for a second.
pub(crate) struct Publisher {
    thread: JoinHandle<()>,
}

/// What the thread works with.
pub(super) struct Work {
    pub(super) app: Arc<App>,
    pub(super) config: MqttConfig,
    pub(super) broker: Broker,
    pub(super) latest: Arc<Latest>,
    pub(super) metrics: MqttMetrics,
    /// Where the store is asked.
    runtime: Handle,
    said: Mutex<Said>,
}

/// What was said of the broker.
#[derive(Default)]
struct Said {
    /// The last: that it is connected, or why it is not.
    state: Option<Result<(), String>>,
    /// Whether the last connection was lost as soon as it was there: the next one has to last before it is told.
    is_doubtful: bool,
}

impl Publisher {
    /// Begins to publish; from now on the app tells what it stores.
    ///
    /// # Errors
    /// If the certificates or a thread cannot be had.
    pub(crate) fn start(
        app: &Arc<App>,
        runtime: Handle,
        mut config: MqttConfig,
    ) -> io::Result<Self> {
        // It tells whether a mote is there, so it is always among them; and first, as it is most of what comes.
        config.quantities.retain(|&quantity| quantity != Quantity::TEMPERATURE);
        config.quantities.insert(0, Quantity::TEMPERATURE);
        let metrics = app.metrics.mqtt.clone();
        let broker = Broker::new(&config)?;
        let latest = Latest::new(config.quantities.clone(), config.max_motes, metrics.clone());
        let latest = Arc::clone(app.published.get_or_init(|| Arc::new(latest)));
        if config.password.is_some() && !config.is_secure && !is_this_machine(&config.host) {
            tracing::warn!(
                broker = config.address(),
                "the password goes to the broker in the clear; use mqtts://"
            );
        }
        let app = Arc::clone(app);
        let said = Mutex::new(Said::default());
        let work = Work { app, config, broker, latest, metrics, runtime, said };
        let own = Builder::new_current_thread().enable_all().max_blocking_threads(1).build()?;
        let thread = thread::Builder::new().name("mqtt".to_owned()).spawn(move || {
            own.block_on(work.run());
            own.shutdown_background();
        })?;
        Ok(Self { thread })
    }
}

impl Drop for Publisher {
    /// It is not joined: a name that does not resolve must not keep the server from stopping.
    fn drop(&mut self) {
        let until = Instant::now() + STOP_TIMEOUT;
        while !self.thread.is_finished() && Instant::now() < until {
            thread::sleep(STOP_TIMEOUT / 100);
        }
    }
}

impl Work {
    async fn run(&self) {
        let mut stopped = self.app.stopped();
        tokio::select! {
            _ = stopped.wait_for(|&stopped| stopped) => return,
            () = self.recall() => {}
        }
        let mut backoff = Backoff::up_to(LONGEST_PAUSE);
        loop {
            let began = Instant::now();
            let end = Session::new(self).run().await;
            self.metrics.connected.set(0);
            let End::Lost { reason, is_soon } = end else { return };
            self.metrics.failed.inc();
            self.say_lost(reason, is_soon);
            // One that greets and hangs up at once is not worth more attempts than one that does not.
            if began.elapsed() > LONGEST_PAUSE {
                backoff.reset();
            }
            tokio::select! {
                _ = stopped.wait_for(|&stopped| stopped) => return,
                () = tokio::time::sleep(backoff.fail()) => {}
            }
        }
    }

    /// Learns what is stored, however long that takes: what it knows of nothing would be taken back.
    async fn recall(&self) {
        self.app.states.recalled().await;
        let mut backoff = Backoff::up_to(LONGEST_PAUSE);
        while self.ask_store().await.is_err() {
            tokio::time::sleep(backoff.fail()).await;
        }
    }

    async fn ask_store(&self) -> Result<(), StoreError> {
        let (store, latest) = (Arc::clone(&self.app.store), Arc::clone(&self.latest));
        let (now, most) = (self.app.keeping.clock.now(), self.config.max_motes);
        self.on_server(recall(store, latest, now, most)).await
    }

    /// Forgets what is not kept any more, and looks who is there.
    pub(super) async fn look(&self) {
        if self.app.store.is_shared() {
            // Others may have stored something. If the engine does not answer, nothing was.
            let _ = self.ask_store().await;
        }
        let keeping = &self.app.keeping;
        self.latest.forget(|quantity| keeping.oldest_sure(keeping.retention_of(quantity)));
        let quantities = self.latest.quantities();
        self.latest.mark_presence(|mac, mote| mote.is_there(mac, quantities, &self.app));
    }

    /// Learns what motes are called of which it does not know. False if the store does not say.
    pub(super) async fn label(&self) -> bool {
        loop {
            let macs = self.latest.unlabelled(LABELS);
            if macs.is_empty() {
                return true;
            }
            let labels = self.on_server(self.app.store.labels(macs.clone())).await;
            let Ok(labels) = labels else { return false };
            let mut names: BTreeMap<Mac, Arc<str>> =
                macs.into_iter().map(|mac| (mac, Arc::default())).collect();
            names.extend(labels.into_iter().map(|Label { mac, text }| (mac, text.into())));
            self.latest.set_labels(names);
        }
    }

    /// Waits for an answer of the store, which has its threads in the server's runtime.
    async fn on_server<T: Send + 'static>(
        &self,
        answer: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut stopped = self.app.stopped();
        let stopping = || StoreError::Unavailable("the server stops".to_owned());
        tokio::select! {
            _ = stopped.wait_for(|&stopped| stopped) => Err(stopping()),
            answer = self.runtime.spawn(answer) => answer.map_err(|_| stopping())?,
        }
    }

    /// The broker has greeted, and perhaps the connection has lasted since.
    pub(super) fn say_connected(&self, has_lasted: bool) {
        self.metrics.connected.set(1);
        let mut said = self.said();
        said.is_doubtful &= !has_lasted;
        if !said.is_doubtful && said.is_new(Ok(())) {
            let (broker, topic) = (self.config.address(), &self.config.topic);
            tracing::info!(broker, %topic, "the broker takes what is published");
        }
    }

    fn say_lost(&self, mut reason: String, is_soon: bool) {
        let mut said = self.said();
        said.is_doubtful |= is_soon;
        if is_soon {
            reason += " soon after its greeting; has another client, such as a server with the same topic, the same name? \
                       Set client_id and topic";
        }
        if said.is_new(Err(reason.clone())) {
            let broker = self.config.address();
            tracing::warn!(
                broker,
                reason,
                "the broker does not take what is published; the newest values wait"
            );
        }
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Said {
    /// Whether this is not what was said last; now it is.
    fn is_new(&mut self, state: Result<(), String>) -> bool {
        let state = Some(state);
        let is_new = self.state != state;
        self.state = state;
        is_new
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host.parse().is_ok_and(|address: core::net::IpAddr| address.is_loopback())
}
