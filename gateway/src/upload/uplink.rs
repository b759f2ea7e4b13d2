use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use readings::{MAX_READINGS, Reading};

use super::backoff::Backoff;
use super::{Answers, Post, PostError};
use crate::spool::{Spool, SpoolError, Spooled};

/// Readings of the spool in one request: few enough not to keep live ones waiting for long.
const DRAIN_BATCH: usize = 1000;

/// Between two tries of a spool that fails.
const SPOOL_INTERVAL: Duration = Duration::from_secs(1);

/// The thread that talks to the server. Live readings come first; between them it drains the
/// spool.
#[derive(Debug)]
pub(crate) struct Uplink {
    inbox: Sender<Message>,
    available: Arc<AtomicBool>,
    answers: Answers,
    thread: JoinHandle<()>,
}

#[derive(Debug)]
enum Message {
    Post(Job),
    /// There is something in the spool again.
    Spooled,
}

/// Live readings to post.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) readings: Vec<Reading>,
}

/// What became of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The server has every reading, or refuses it for good and it is a dead letter.
    Safe,
    /// The server may not have all of them.
    NotSafe,
}

impl Uplink {
    /// Starts the thread. Each job's outcome is reported with its number.
    pub(crate) fn start(
        post: Post,
        spool: Arc<Mutex<Spool>>,
        report: impl Fn(u64, Outcome) + Send + 'static,
    ) -> io::Result<Self> {
        let (inbox, messages) = channel();
        let available = Arc::new(AtomicBool::new(true));
        let answers = post.answers();
        let worker = Worker {
            post,
            spool,
            available: Arc::clone(&available),
            backoff: Backoff::default(),
            failing_since: None,
            taken: Vec::new(),
            spool_until: None,
        };
        let thread = thread::Builder::new()
            .name("uplink".to_owned())
            .spawn(move || worker.run(&messages, report))?;
        Ok(Self { inbox, available, answers, thread })
    }

    /// Whether the server took what it was given last.
    pub(crate) fn is_available(&self) -> bool {
        self.available.load(Ordering::Relaxed)
    }

    /// Whether its thread runs.
    pub(crate) fn is_alive(&self) -> bool {
        !self.thread.is_finished()
    }

    /// How often the server has answered with each status.
    pub(crate) fn answers(&self) -> BTreeMap<String, u64> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hands live readings over.
    pub(crate) fn post(&self, job: Job) {
        self.send(Message::Post(job));
    }

    /// Says that there is something to drain.
    pub(crate) fn drain(&self) {
        self.send(Message::Spooled);
    }

    fn send(&self, message: Message) {
        // The thread ends only after this end has been dropped.
        let _ = self.inbox.send(message);
    }

    /// Lets the request that is under way end, but no longer than this.
    pub(crate) fn stop(self, at_most: Duration) {
        drop(self.inbox);
        let deadline = Instant::now() + at_most;
        while !self.thread.is_finished() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

struct Worker {
    post: Post,
    spool: Arc<Mutex<Spool>>,
    available: Arc<AtomicBool>,
    backoff: Backoff,
    failing_since: Option<Instant>,
    /// What the server has of the spool, and what could not be removed from there yet.
    taken: Vec<Spooled>,
    /// Until when a spool that fails is left alone. That is no reason not to post live readings.
    spool_until: Option<Instant>,
}

impl Worker {
    fn run(mut self, inbox: &Receiver<Message>, report: impl Fn(u64, Outcome)) {
        loop {
            let jobs = match self.next_jobs(inbox) {
                Ok(jobs) => jobs,
                Err(Disconnected) => return,
            };
            let now = Instant::now();
            if jobs.is_empty() && self.pause(now).is_none() {
                self.drain();
            }
            let waits = self.backoff.until(now).is_some();
            let outcome = if waits { Outcome::NotSafe } else { self.post_jobs(&jobs) };
            for job in jobs {
                report(job.id, outcome);
            }
        }
    }

    /// Until when the spool is not drained.
    fn pause(&self, now: Instant) -> Option<Instant> {
        self.backoff.until(now).max(self.spool_until.filter(|&until| now < until))
    }

    /// Waits for live readings, and takes all that have arrived meanwhile; none when it is the
    /// spool's turn.
    fn next_jobs(&self, inbox: &Receiver<Message>) -> Result<Vec<Job>, Disconnected> {
        let now = Instant::now();
        let first = match self.pause(now) {
            _ if self.spool().is_empty() => inbox.recv().map_err(|_| Disconnected)?,
            None => match inbox.try_recv() {
                Ok(message) => message,
                Err(TryRecvError::Empty) => return Ok(Vec::new()),
                Err(TryRecvError::Disconnected) => return Err(Disconnected),
            },
            Some(until) => match inbox.recv_timeout(until - now) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => return Ok(Vec::new()),
                Err(RecvTimeoutError::Disconnected) => return Err(Disconnected),
            },
        };
        let mut jobs = Vec::new();
        let mut count = 0;
        let mut next = Some(first);
        while let Some(message) = next {
            if let Message::Post(job) = message {
                count += job.readings.len();
                jobs.push(job);
            }
            next = if count < MAX_READINGS / 2 { inbox.try_recv().ok() } else { None };
        }
        Ok(jobs)
    }

    fn post_jobs(&mut self, jobs: &[Job]) -> Outcome {
        let readings: Vec<Reading> =
            jobs.iter().flat_map(|job| job.readings.iter().copied()).collect();
        match self.post(&readings) {
            Ok(()) => Outcome::Safe,
            Err(error) => {
                self.fail(&error);
                Outcome::NotSafe
            }
        }
    }

    fn drain(&mut self) {
        if self.taken.is_empty() {
            let oldest = self.spool().oldest(DRAIN_BATCH);
            let batch = match oldest {
                Ok(batch) if batch.is_empty() => return,
                Ok(batch) => batch,
                Err(error) => return self.fail_spool(&error),
            };
            let readings: Vec<Reading> = batch.iter().map(|spooled| spooled.reading).collect();
            if let Err(error) = self.post(&readings) {
                return self.fail(&error);
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
            Err(error) => self.fail_spool(&error),
        }
    }

    /// A state is logged once, when it begins.
    fn fail_spool(&mut self, error: &SpoolError) {
        if self.spool_until.replace(Instant::now() + SPOOL_INTERVAL).is_none() {
            tracing::error!(%error, "the spool fails; what waits in it stays there until it works");
        }
    }

    /// Posts readings; those that the server refuses for good become dead letters.
    fn post(&mut self, readings: &[Reading]) -> Result<(), PostError> {
        if readings.is_empty() {
            return Ok(());
        }
        let refusals = self.post.post(readings)?;
        if let Some(first) = refusals.first() {
            let reason = &first.reason;
            tracing::warn!(count = refusals.len(), %reason, "the server refuses readings");
            self.spool().bury(readings, &refusals).map_err(|error| unreadable(&error))?;
        }
        self.backoff.succeed();
        self.available.store(true, Ordering::Relaxed);
        if let Some(since) = self.failing_since.take() {
            let away = humantime::format_duration(Duration::from_secs(since.elapsed().as_secs()));
            tracing::info!(%away, spooled = self.spool().len(), "the server takes readings again");
        }
        Ok(())
    }

    /// A state is logged once, when it begins.
    fn fail(&mut self, error: &PostError) {
        let now = Instant::now();
        if self.failing_since.is_none() {
            self.failing_since = Some(now);
            tracing::warn!(reason = %error, "readings are kept in the spool");
        }
        self.backoff.fail(now, error.retry_after);
        self.available.store(false, Ordering::Relaxed);
    }

    fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The gateway has let go of the uplink.
struct Disconnected;

fn unreadable(error: &SpoolError) -> PostError {
    PostError { reason: format!("the spool cannot be used: {error}"), retry_after: None }
}
