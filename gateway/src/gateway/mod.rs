//! The loop that joins port, session, clock map, uplink and spool.

mod deliveries;
mod error;
mod events;
mod exposition;
mod motes;
mod report;
mod supervision;

pub use error::StartError;
pub use report::Report;

use core::time::Duration;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use deliveries::{Acknowledgements, Deliveries};
use manager_core::Session;
use manager_core::session::WIRE_BUFFER_LEN;
use motes::Motes;
use supervision::Supervision;

use crate::input::Input;
use crate::metrics::Metrics;
use crate::port::{self, Heard, Link, PortChoice};
use crate::upload::{Post, Uplink};
use crate::{ClockMap, Config, HostClock, Spool};

/// Things that have happened and wait to be handled. Each holds at most one read of the port.
const INPUTS: usize = 256;

/// Between two looks for a port that has gone away.
const PORT_INTERVAL: Duration = Duration::from_secs(1);

/// How long to wait, when stopping, for what has been read to be safe.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Takes readings from a manager to a server, until it is stopped.
///
/// A notification is acknowledged to the manager when its readings are stored by the server or
/// committed to the spool, never before. When the port, the manager or the server goes away, it
/// is looked for until it is back.
#[derive(Debug)]
pub struct Gateway {
    config: Config,
    inputs: Receiver<Input>,
    sender: SyncSender<Input>,
    /// The zero of the session's clock.
    begun: Instant,
    session: Session,
    link: Option<Link>,
    links: u64,
    next_link: Option<Instant>,
    subscribed: bool,
    time_asked: Instant,
    next_time: Option<Instant>,
    host_clock: HostClock,
    /// Whether readings can be dated.
    clock_is_right: bool,
    clock_map: ClockMap,
    /// How far the last look at the manager's clock may be off, in µs.
    clock_uncertainty: i64,
    motes: Motes,
    spool: Arc<Mutex<Spool>>,
    uplink: Uplink,
    deliveries: Deliveries,
    acknowledgements: Acknowledgements,
    metrics: Option<Metrics>,
    supervision: Supervision,
    report: Report,
}

/// Stops a running [`Gateway`] from another thread.
#[derive(Clone, Debug)]
pub struct Stopper(SyncSender<Input>);

impl Stopper {
    /// Asks it to stop; [`Gateway::run`] returns when what has been read is safe.
    pub fn stop(&self) {
        // If it has stopped already there is nobody to ask.
        let _ = self.0.send(Input::Stop);
    }
}

impl Gateway {
    /// Opens the port and the spool.
    ///
    /// # Errors
    /// If either cannot be opened. Once started, a gateway goes on for ever.
    pub fn start(config: Config) -> Result<Self, StartError> {
        Self::start_with_clock(config, HostClock::system())
    }

    /// The same, with another clock than the system's.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with_clock(config: Config, host_clock: HostClock) -> Result<Self, StartError> {
        let port = open_port(&config.port)?;
        let spool = Spool::open(&config.state_dir, config.spool_limit)?;
        let clock_map = spool.clock_map()?;
        if !spool.is_empty() {
            tracing::info!(spooled = spool.len(), "readings wait in the spool");
        }
        let spool = Arc::new(Mutex::new(spool));
        let (sender, inputs) = sync_channel(INPUTS);
        let post = Post::new(&config)?;
        let outcomes = sender.clone();
        let uplink = Uplink::start(post, Arc::clone(&spool), move |delivery, outcome| {
            // After the gateway has gone nobody waits for outcomes.
            let _ = outcomes.send(Input::Posted { delivery, outcome });
        })
        .map_err(StartError::Thread)?;
        let now = Instant::now();
        let mut gateway = Self {
            config,
            inputs,
            sender,
            begun: now,
            session: Session::new(),
            link: None,
            links: 0,
            next_link: None,
            subscribed: false,
            time_asked: now,
            next_time: None,
            host_clock,
            clock_is_right: true,
            clock_map,
            clock_uncertainty: 0,
            motes: Motes::default(),
            spool,
            uplink,
            deliveries: Deliveries::default(),
            acknowledgements: Acknowledgements::default(),
            metrics: None,
            supervision: Supervision::new(now),
            report: Report::default(),
        };
        gateway.start_link(port).map_err(StartError::Thread)?;
        gateway.serve_metrics()?;
        Ok(gateway)
    }

    /// A handle to stop it with.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(self.sender.clone())
    }

    /// Runs until it is stopped, and says what it has done.
    #[must_use]
    pub fn run(mut self) -> Report {
        self.supervision.ready();
        while !self.turn(|input| matches!(input, Input::Stop)) {}
        self.stop()
    }

    fn serve_metrics(&mut self) -> Result<(), StartError> {
        let Some(listen) = self.config.metrics_listen else { return Ok(()) };
        let inputs = self.sender.clone();
        let metrics = Metrics::serve(listen, move || {
            let (answer, metrics) = sync_channel(1);
            inputs.send(Input::Scrape { answer }).ok()?;
            metrics.recv().ok()
        })
        .map_err(|source| StartError::Metrics { listen, source })?;
        tracing::info!(url = format!("http://{}/metrics", metrics.address()), "serving metrics");
        self.metrics = Some(metrics);
        Ok(())
    }

    fn stop(mut self) -> Report {
        let deadline = Instant::now() + STOP_TIMEOUT;
        while !self.deliveries.is_empty() && Instant::now() < deadline {
            self.turn(|input| matches!(input, Input::Heard { .. } | Input::Stop));
        }
        self.transmit();
        let Self { link, inputs, uplink, metrics, mut report, session, spool, .. } = self;
        // First, so that nobody waits for it any more.
        drop(inputs);
        drop(metrics);
        drop(link);
        uplink.stop(STOP_TIMEOUT);
        report.session = session.counters();
        report.line = session.line_counters();
        report.spooled = spool.lock().unwrap_or_else(PoisonError::into_inner).len();
        report
    }

    /// Does what is due, waits for the next thing to happen, and handles it, unless it is one to
    /// pass over. Returns whether it was.
    fn turn(&mut self, pass_over: impl FnOnce(&Input) -> bool) -> bool {
        self.drive();
        let deadline = self.next_timeout();
        let wait = deadline.saturating_duration_since(Instant::now());
        let passed_over = match self.inputs.recv_timeout(wait) {
            Ok(input) if pass_over(&input) => true,
            Ok(input) => {
                self.handle(input);
                false
            }
            // The gateway itself holds a sender, so the inputs never end.
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => false,
        };
        // Also when inputs come without a pause.
        if Instant::now() >= deadline {
            self.handle_timeout();
        }
        passed_over
    }

    fn next_timeout(&self) -> Instant {
        let session = self.session.poll_timeout();
        let session = session.map(|at| self.begun + Duration::from_millis(at.as_millis()));
        let due = [
            session,
            self.deliveries.next_deadline(),
            self.next_link,
            self.next_time,
            self.motes.next_due(),
            self.supervision.next_due(),
        ];
        due.into_iter()
            .flatten()
            .min()
            .unwrap_or_else(|| Instant::now() + Duration::from_secs(3600))
    }

    fn handle(&mut self, input: Input) {
        match input {
            Input::Heard { link, heard } if self.link.is_some() && link == self.links => {
                match heard {
                    Heard::Octets(octets) => self.handle_octets(&octets),
                    Heard::End(error) => self.lose_link(&error.to_string()),
                }
            }
            Input::Posted { delivery, outcome } => self.handle_outcome(delivery, outcome),
            Input::Scrape { answer } => {
                // Whoever asked may have gone.
                let _ = answer.send(self.exposition());
            }
            // A link that has been replaced; a stop is the loop's.
            Input::Heard { .. } | Input::Stop => {}
        }
    }

    fn handle_octets(&mut self, octets: &[u8]) {
        let mut rest = octets;
        while !rest.is_empty() {
            let consumed = self.session.handle_bytes(self.now(), rest);
            rest = rest.get(consumed..).unwrap_or(&[]);
            self.drive();
        }
    }

    fn handle_timeout(&mut self) {
        let now = Instant::now();
        self.session.handle_timeout(self.now());
        self.spool_overdue(now);
        self.report_silent_motes(now);
        self.report_health(now);
        if self.next_link.is_some_and(|at| at <= now) {
            self.find_link();
        }
        if self.next_time.is_some_and(|at| at <= now) {
            self.next_time = None;
            self.ask_time();
        }
    }

    fn report_health(&mut self, now: Instant) {
        if !self.uplink.is_alive() {
            return;
        }
        let readings = self.report.readings;
        let spooled = self.spool().len();
        self.supervision.feed(now, || format!("{readings} readings, {spooled} in the spool"));
    }

    /// Handles what the session says, and sends what it wants sent, until it waits.
    fn drive(&mut self) {
        while self.handle_event() {}
        self.transmit();
    }

    fn transmit(&mut self) {
        let mut buffer = [0; WIRE_BUFFER_LEN];
        while let Some(octets) = self.session.poll_transmit(&mut buffer) {
            let Some(link) = &mut self.link else { return };
            if let Err(error) = link.write(octets) {
                self.lose_link(&error.to_string());
            }
        }
    }

    fn start_link(&mut self, port: serialport::TTYPort) -> std::io::Result<()> {
        self.links += 1;
        self.link = Some(Link::start(port, self.links, self.sender.clone())?);
        self.next_link = None;
        self.session.connect(self.now());
        Ok(())
    }

    fn lose_link(&mut self, reason: &str) {
        tracing::warn!(reason, "the port is gone; looking for it");
        self.link = None;
        self.subscribed = false;
        self.next_time = None;
        self.session.disconnect();
        self.next_link = Some(Instant::now() + PORT_INTERVAL);
    }

    fn find_link(&mut self) {
        self.next_link = Some(Instant::now() + PORT_INTERVAL);
        // The state was logged when the port was lost.
        match open_port(&self.config.port) {
            Ok(port) => match self.start_link(port) {
                Ok(()) => tracing::info!("the port is back"),
                Err(error) => tracing::error!(%error, "the port cannot be read"),
            },
            Err(error) => tracing::debug!(%error, "no port yet"),
        }
    }

    /// The session's clock.
    fn now(&self) -> manager_core::session::Instant {
        let millis = self.begun.elapsed().as_millis();
        manager_core::session::Instant::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open_port(choice: &PortChoice) -> Result<serialport::TTYPort, StartError> {
    let name = port::find(choice)?;
    let opened = port::open(&name)?;
    tracing::info!(port = name, "the port is open");
    Ok(opened)
}
