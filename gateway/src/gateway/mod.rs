//! The loop that joins port, session, clock map, uplink and spool.
//!
//! One thread reads the port, posts what it hears and acknowledges it: nothing is handed over on
//! the way. While it waits for the server, for no longer than the direct window, the system keeps
//! what the port brings, and orders wait.

mod arrivals;
mod clocks;
mod complaints;
mod deliveries;
mod error;
mod events;
mod exposition;
mod last_arrival;
mod line;
mod motes;
mod names;
mod network;
mod outlook;
mod pulse;
mod report;
mod said;
mod state_folder;
mod supervision;
mod survey;
mod timekeeping;
mod waits;

pub use error::StartError;
pub use report::Report;

use core::time::Duration;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use arrivals::Arrivals;
use clocks::Clocks;
use complaints::Complaints;
use deliveries::{Acknowledgements, Deliveries};
use last_arrival::LastArrival;
use line::Line;
use motes::Motes;
use names::Names;
use outlook::Outlook;
use state_folder::StateFolder;
use supervision::Supervision;
use survey::Survey;
use waits::Waits;

use crate::metrics::Metrics;
use crate::upload::{Bulletin, Post, Uplink};
use crate::{ClockMap, Config, HostClock, Spool};

/// Orders that wait to be followed.
const ORDERS: usize = 16;

/// Longest wait for the port, after which orders are looked at. To wake up is most of what an idle
/// gateway costs.
const TICK: Duration = Duration::from_millis(250);

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
    orders: Receiver<Order>,
    sender: SyncSender<Order>,
    line: Line,
    /// Whether the manager sends its motes' readings.
    subscribed: bool,
    /// When the last session was granted.
    granted: Instant,
    /// Whether the session comes after one that broke at once, so that no more is said of it.
    is_quiet: bool,
    complaints: Complaints,
    clocks: Clocks,
    motes: Motes,
    names: Names,
    arrivals: Arrivals<Vec<u8>>,
    last_arrival: LastArrival,
    survey: Survey,
    state_folder: StateFolder,
    spool: Arc<Mutex<Spool>>,
    uplink: Uplink,
    deliveries: Deliveries,
    acknowledgements: Acknowledgements,
    waits: Waits,
    outlook: Outlook,
    bulletin: Bulletin,
    metrics: Option<Metrics>,
    supervision: Supervision,
    report: Report,
}

/// What other threads want of a gateway.
#[derive(Debug)]
enum Order {
    /// The metrics as they are now.
    Scrape {
        answer: SyncSender<String>,
    },
    Stop,
}

/// Stops a running [`Gateway`] from another thread.
#[derive(Clone, Debug)]
pub struct Stopper(SyncSender<Order>);

impl Stopper {
    /// Asks it to stop; [`Gateway::run`] returns when what has been read is safe.
    pub fn stop(&self) {
        // If it has stopped already there is nobody to ask.
        let _ = self.0.send(Order::Stop);
    }
}

/// What a turn of the loop has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    GoOn,
    Stop,
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
        let line = Line::open(config.port.clone())?;
        let (state_folder, spool) = StateFolder::take(&config)?;
        let clock_map = if spool.is_usable() { spool.clock_map()? } else { ClockMap::default() };
        let clocks = Clocks::new(host_clock, clock_map);
        if !spool.is_empty() {
            tracing::info!(spooled = spool.len(), "records wait in the spool");
        }
        let spool = Arc::new(Mutex::new(spool));
        let last_arrival = LastArrival::new(&config.state_dir);
        let mut arrivals = Arrivals::default();
        if let Some((body, moment)) = last_arrival.read() {
            arrivals.recall(body, moment);
        }
        let post = Post::new(&config)?;
        let bulletin = Bulletin::start(Post::new(&config)?, post.answers());
        let bulletin = bulletin.map_err(StartError::Thread)?;
        let uplink = Uplink::start(post, Arc::clone(&spool), config.direct_window)
            .map_err(StartError::Thread)?;
        let (sender, orders) = sync_channel(ORDERS);
        let mut gateway = Self {
            config,
            orders,
            sender,
            line,
            subscribed: false,
            granted: Instant::now(),
            is_quiet: false,
            complaints: Complaints::default(),
            clocks,
            motes: Motes::default(),
            names: Names::default(),
            arrivals,
            last_arrival,
            survey: Survey::default(),
            state_folder,
            spool,
            uplink,
            deliveries: Deliveries::default(),
            acknowledgements: Acknowledgements::default(),
            waits: Waits::new(Instant::now()),
            outlook: Outlook::default(),
            bulletin,
            metrics: None,
            supervision: Supervision::new(Instant::now()),
            report: Report::default(),
        };
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
        let mut buffer = [0; 4096];
        while self.turn(&mut buffer) == Turn::GoOn {}
        self.stop()
    }

    fn serve_metrics(&mut self) -> Result<(), StartError> {
        let Some(listen) = self.config.metrics_listen else { return Ok(()) };
        let orders = self.sender.clone();
        let metrics = Metrics::serve(listen, move |deadline| {
            let (answer, metrics) = sync_channel(1);
            orders.try_send(Order::Scrape { answer }).ok()?;
            metrics.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
        })
        .map_err(|source| StartError::Metrics { listen, source })?;
        tracing::info!(url = format!("http://{}/metrics", metrics.address()), "serving metrics");
        self.metrics = Some(metrics);
        Ok(())
    }

    fn stop(mut self) -> Report {
        let deadline = Instant::now() + STOP_TIMEOUT;
        while let Some(at) = self.deliveries.next_due().filter(|&at| at < deadline) {
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            self.retry_deliveries(at);
        }
        // The last acknowledgements. If the port is gone, the manager keeps the readings.
        let _ = self.line.transmit();
        let Self { line, orders, uplink, metrics, mut report, spool, bulletin, .. } = self;
        drop(bulletin);
        // First, so that nobody waits for it any more.
        drop(orders);
        drop(metrics);
        report.session = line.session.counters();
        report.line = line.session.line_counters();
        drop(line);
        report.refused = uplink.refused();
        report.left_out = uplink.left_out();
        uplink.stop(STOP_TIMEOUT);
        let spool = spool.lock().unwrap_or_else(PoisonError::into_inner);
        report.spooled = spool.len();
        report.dead_letters = spool.dead_letters();
        report.dead_letters_dropped = spool.dead_letters_dropped();
        drop(spool);
        report
    }

    /// Does what is due, waits for the next thing to happen, and handles it.
    fn turn(&mut self, buffer: &mut [u8]) -> Turn {
        self.drive();
        let deadline = self.next_due();
        let wait = deadline.saturating_duration_since(Instant::now()).min(TICK);
        let order = match self.line.read(buffer, wait) {
            Some(Ok(octets)) => {
                self.handle_octets(octets);
                self.orders.try_recv()
            }
            Some(Err(error)) => {
                self.lose_line(&error.to_string());
                self.orders.try_recv()
            }
            None => self.orders.recv_timeout(wait).map_err(|error| match error {
                RecvTimeoutError::Timeout => TryRecvError::Empty,
                RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
            }),
        };
        let now = Instant::now();
        // Also when the port is never quiet.
        if now >= deadline {
            self.handle_timeout(now);
        }
        match order {
            Ok(Order::Stop) => return Turn::Stop,
            Ok(Order::Scrape { answer }) => {
                // Whoever asked may have gone.
                let _ = answer.send(self.exposition());
            }
            // The gateway itself holds a sender, so the orders never end.
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => {}
        }
        Turn::GoOn
    }

    fn next_due(&self) -> Instant {
        let due = [
            self.line.next_due(),
            self.deliveries.next_due(),
            Some(self.clocks.next_due()),
            self.next_silence(),
            self.supervision.next_due(),
            Some(self.state_folder.next_due()),
            self.next_question(),
            self.next_suspicion(),
        ];
        due.into_iter().flatten().min().unwrap_or_else(|| Instant::now() + TICK)
    }

    fn handle_octets(&mut self, octets: &[u8]) {
        let mut rest = octets;
        while !rest.is_empty() {
            let consumed = self.line.handle_octets(rest);
            rest = rest.get(consumed..).unwrap_or(&[]);
            self.handle_events();
        }
        self.settle_deliveries();
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.line.is_given_up(now) {
            self.line.give_up();
            self.end_session();
        }
        self.line.handle_timeout(now);
        self.retry_deliveries(now);
        self.report_silent_motes(now);
        self.uplink.report(now);
        self.report_health(now);
        self.report_losses(now);
        self.look_at_state_folder(now);
        self.complaints.say_overdue(now);
        self.check_clock();
        if self.clocks.is_to_ask(now) {
            self.ask_time();
        }
        self.suspect(now);
        self.survey(now);
        self.say_status(false);
    }

    fn report_health(&mut self, now: Instant) {
        let readings = self.report.readings;
        let (spool, uplink) = (&self.spool, &self.uplink);
        self.supervision.feed(now, || {
            if !uplink.is_alive() {
                return None;
            }
            let spool = spool.lock().unwrap_or_else(PoisonError::into_inner);
            let fails = if spool.is_usable() { "" } else { ", which cannot be written" };
            Some(format!("{readings} readings, {} in the spool{fails}", spool.len()))
        });
    }

    /// Handles what the session says, and sends what it wants sent, until it waits.
    fn drive(&mut self) {
        self.handle_events();
        if let Err(error) = self.line.transmit() {
            self.lose_line(&error.to_string());
        }
    }

    fn lose_line(&mut self, reason: &str) {
        self.line.lose(reason);
        self.end_session();
    }

    fn end_session(&mut self) {
        self.subscribed = false;
        self.survey.end();
        self.clocks.plan(None);
    }

    fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
