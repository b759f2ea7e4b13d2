use core::time::Duration;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use readings::Record;

use super::backoff::Backoff;
use super::server::Server;
use crate::spool::{Spool, SpoolError, Spooled};

/// The oldest readings of the spool in one request.
const BATCH: usize = 1000;

/// The newest in the same request, so that what has just been measured does not wait for days to
/// be drained.
const NEWEST: usize = 100;

/// Between two tries of a spool that fails.
const SPOOL_INTERVAL: Duration = Duration::from_secs(1);

/// Takes what is in the spool to the server, in rounds: what it does not take for now is passed
/// over, and tried again in the next round.
pub(super) struct Drainer {
    server: Arc<Server>,
    spool: Arc<Mutex<Spool>>,
    /// What the server has of the spool, and what could not be removed from there yet.
    taken: Vec<Spooled>,
    /// The number in the spool up to which this round has come.
    passed: i64,
    /// Whether something was passed over in this round.
    is_incomplete: bool,
    /// When the next round begins after one that left something.
    rounds: Backoff,
    /// Until when a spool that fails is left alone.
    spool_until: Option<Instant>,
}

impl Drainer {
    pub(super) fn new(server: Arc<Server>, spool: Arc<Mutex<Spool>>) -> Self {
        Self {
            server,
            spool,
            taken: Vec::new(),
            passed: i64::MIN,
            is_incomplete: false,
            rounds: Backoff::default(),
            spool_until: None,
        }
    }

    /// Drains until whoever wakes it is gone.
    pub(super) fn run(mut self, woken: &Receiver<Vec<Record>>) {
        while let Ok(records) = self.wait(woken) {
            if !records.is_empty() {
                self.take_over(&records);
            }
            if self.pause(Instant::now()).is_none() {
                self.drain();
            }
        }
    }

    /// Waits until there is something to drain, or it is time to try again.
    fn wait(&self, woken: &Receiver<Vec<Record>>) -> Result<Vec<Record>, Disconnected> {
        let now = Instant::now();
        if self.spool().is_empty() {
            let Some(at) = self.server.next_question() else {
                return woken.recv().map_err(|_| Disconnected);
            };
            return match woken.recv_timeout(at.saturating_duration_since(now)) {
                Ok(records) => Ok(records),
                Err(RecvTimeoutError::Timeout) => {
                    self.server.ask_kinds();
                    Ok(Vec::new())
                }
                Err(RecvTimeoutError::Disconnected) => Err(Disconnected),
            };
        }
        match self.pause(now) {
            None => match woken.try_recv() {
                Ok(records) => Ok(records),
                Err(TryRecvError::Empty) => Ok(Vec::new()),
                Err(TryRecvError::Disconnected) => Err(Disconnected),
            },
            Some(until) => match woken.recv_timeout(until - now) {
                Ok(records) => Ok(records),
                Err(RecvTimeoutError::Timeout) => Ok(Vec::new()),
                Err(RecvTimeoutError::Disconnected) => Err(Disconnected),
            },
        }
    }

    /// Until when nothing is drained.
    fn pause(&self, now: Instant) -> Option<Instant> {
        let spool_until = self.spool_until.filter(|&until| now < until);
        self.server.paused_until(now).max(self.rounds.until(now)).max(spool_until)
    }

    /// Posts what nobody waits for, or spools it.
    fn take_over(&mut self, records: &[Record]) {
        let is_there =
            self.server.takes_live_readings() && self.server.paused_until(Instant::now()).is_none();
        let taken = is_there.then(|| self.server.take(records, None).ok()).flatten();
        let kept: Vec<Record> = match taken {
            Some(taken) => {
                taken.kept.iter().filter_map(|&index| records.get(index).cloned()).collect()
            }
            None => records.to_vec(),
        };
        let added = self.spool().add(&kept);
        if let Err(error) = added {
            tracing::warn!(%error, count = kept.len(), "what the manager knows is lost");
        }
    }

    fn drain(&mut self) {
        if self.taken.is_empty() {
            let batch = match self.next_batch() {
                Ok(batch) if batch.is_empty() => return self.end_round(),
                Ok(batch) => batch,
                Err(error) => return self.fail(&error),
            };
            let records: Vec<Record> = batch.iter().map(|spooled| spooled.record.clone()).collect();
            // The server knows what has gone wrong, and when to try again.
            let Ok(taken) = self.server.take(&records, None) else { return };
            self.pass(batch, &taken.kept);
        }
        let removed = self.spool().remove(&self.taken);
        match removed {
            Ok(()) => {
                self.taken.clear();
                self.spool_until = None;
                if self.spool().is_empty() {
                    self.end_round();
                }
            }
            Err(error) => self.fail(&error),
        }
    }

    /// Goes on behind a batch of which the server has not taken these.
    fn pass(&mut self, mut batch: Vec<Spooled>, kept: &[usize]) {
        let oldest = batch.iter().take(self.batch());
        self.passed = oldest.map(|spooled| spooled.id).max().unwrap_or(self.passed);
        self.is_incomplete |= !kept.is_empty();
        let mut kept = kept.to_vec();
        kept.sort_unstable();
        let mut index = 0;
        batch.retain(|_| {
            index += 1;
            kept.binary_search(&(index - 1)).is_err()
        });
        self.taken = batch;
    }

    /// Everything in the spool was tried once.
    fn end_round(&mut self) {
        self.passed = i64::MIN;
        let is_incomplete = core::mem::replace(&mut self.is_incomplete, false);
        if self.spool().is_empty() {
            self.rounds.succeed();
            self.server.empty();
        } else if is_incomplete {
            self.rounds.fail(Instant::now(), None);
        }
    }

    fn next_batch(&self) -> Result<Vec<Spooled>, SpoolError> {
        let (mut spool, most) = (self.spool(), self.batch());
        let mut batch = spool.oldest_after(self.passed, most)?;
        if let Some(last) = batch.last().filter(|_| batch.len() == BATCH) {
            batch.extend(spool.newest(last.id, NEWEST)?);
        }
        Ok(batch)
    }

    fn batch(&self) -> usize {
        self.server.batch_limit().min(BATCH)
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
