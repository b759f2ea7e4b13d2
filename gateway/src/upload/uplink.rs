use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use readings::Reading;

use super::Post;
use super::server::Server;
use crate::spool::{Spool, SpoolError, Spooled};

/// The oldest readings of the spool in one request.
const DRAIN_BATCH: usize = 1000;

/// The newest in the same request, so that what has just been measured does not wait for days to
/// be drained.
const NEWEST: usize = 100;

/// Between two tries of a spool that fails.
const SPOOL_INTERVAL: Duration = Duration::from_secs(1);

/// How long a server may take for live readings that cannot be spooled.
const LAST_RESORT_WINDOW: Duration = Duration::from_secs(2);

/// Posts live readings from whichever thread has them, so that they need not be handed over, and
/// drains the spool from a thread of its own.
#[derive(Debug)]
pub(crate) struct Uplink {
    server: Arc<Server>,
    direct_window: Duration,
    wake: Sender<()>,
    drainer: JoinHandle<()>,
}

impl Uplink {
    /// Starts draining.
    pub(crate) fn start(
        post: Post,
        spool: Arc<Mutex<Spool>>,
        direct_window: Duration,
    ) -> io::Result<Self> {
        let (wake, woken) = channel();
        let server = Arc::new(Server::new(post, Arc::clone(&spool), direct_window));
        let drainer =
            Drainer { server: Arc::clone(&server), spool, taken: Vec::new(), spool_until: None };
        let drainer =
            thread::Builder::new().name("drainer".to_owned()).spawn(move || drainer.run(&woken))?;
        Ok(Self { server, direct_window, wake, drainer })
    }

    /// Whether its thread runs.
    pub(crate) fn is_alive(&self) -> bool {
        !self.drainer.is_finished()
    }

    /// How often the server has answered with each status.
    pub(crate) fn answers(&self) -> BTreeMap<String, u64> {
        self.server.answers()
    }

    /// Posts live readings, unless the server has been slow or away. Returns whether they are
    /// safe: it has every one, or refuses it for good and it is a dead letter.
    pub(crate) fn post(&self, readings: &[Reading]) -> bool {
        self.server.takes_live_readings()
            && self.server.take(readings, Some(self.direct_window)).is_ok()
    }

    /// The same with readings that the spool does not take: also if the server has been slow, or
    /// away and it is time to try again.
    pub(crate) fn post_as_last_resort(&self, readings: &[Reading]) -> bool {
        self.server.paused_until(Instant::now()).is_none()
            && self.server.take(readings, Some(LAST_RESORT_WINDOW)).is_ok()
    }

    /// Says that there is something to drain.
    pub(crate) fn drain(&self) {
        // The thread ends only after this end has been dropped.
        let _ = self.wake.send(());
    }

    /// Lets the request that is under way end, but no longer than this.
    pub(crate) fn stop(self, at_most: Duration) {
        drop(self.wake);
        let deadline = Instant::now() + at_most;
        while !self.drainer.is_finished() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

struct Drainer {
    server: Arc<Server>,
    spool: Arc<Mutex<Spool>>,
    /// What the server has of the spool, and what could not be removed from there yet.
    taken: Vec<Spooled>,
    /// Until when a spool that fails is left alone.
    spool_until: Option<Instant>,
}

impl Drainer {
    fn run(mut self, woken: &Receiver<()>) {
        while let Ok(()) = self.wait(woken) {
            if self.pause(Instant::now()).is_none() {
                self.drain();
            }
        }
    }

    /// Waits until there is something to drain, or it is time to try again.
    fn wait(&self, woken: &Receiver<()>) -> Result<(), Disconnected> {
        let now = Instant::now();
        if self.spool().is_empty() {
            return woken.recv().map_err(|_| Disconnected);
        }
        match self.pause(now) {
            None => match woken.try_recv() {
                Ok(()) | Err(TryRecvError::Empty) => Ok(()),
                Err(TryRecvError::Disconnected) => Err(Disconnected),
            },
            Some(until) => match woken.recv_timeout(until - now) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => Err(Disconnected),
            },
        }
    }

    /// Until when nothing is drained.
    fn pause(&self, now: Instant) -> Option<Instant> {
        self.server.paused_until(now).max(self.spool_until.filter(|&until| now < until))
    }

    fn drain(&mut self) {
        if self.taken.is_empty() {
            let batch = match self.next_batch() {
                Ok(batch) if batch.is_empty() => return,
                Ok(batch) => batch,
                Err(error) => return self.fail(&error),
            };
            let readings: Vec<Reading> = batch.iter().map(|spooled| spooled.reading).collect();
            // The server knows what has gone wrong, and when to try again.
            if self.server.take(&readings, None).is_err() {
                return;
            }
            self.taken = batch;
        }
        let removed = self.spool().remove(&self.taken);
        match removed {
            Ok(()) => {
                self.taken.clear();
                self.spool_until = None;
                if self.spool().is_empty() {
                    tracing::info!("the spool is empty");
                }
            }
            Err(error) => self.fail(&error),
        }
    }

    fn next_batch(&self) -> Result<Vec<Spooled>, SpoolError> {
        let mut spool = self.spool();
        let mut batch = spool.oldest(DRAIN_BATCH)?;
        if let Some(last) = batch.last().filter(|_| batch.len() == DRAIN_BATCH) {
            batch.extend(spool.newest(last.id, NEWEST)?);
        }
        Ok(batch)
    }

    /// A state is logged once, when it begins.
    fn fail(&mut self, error: &SpoolError) {
        if self.spool_until.replace(Instant::now() + SPOOL_INTERVAL).is_none() {
            tracing::error!(%error, "the spool fails; what waits in it stays there until it works");
        }
    }

    fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The gateway has let go of the uplink.
struct Disconnected;
