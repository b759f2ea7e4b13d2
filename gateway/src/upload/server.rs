use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use readings::Record;

use super::backoff::Backoff;
use super::keeping::Keeping;
use super::{Answers, Outcome, Post, PostError};
use crate::repetition::Repetition;
use crate::spool::Spool;

/// How many requests are looked back on.
const LOOK_BACK: usize = 8;

/// The server as the gateway's threads know it: how it did with what it was given last.
#[derive(Debug)]
pub(super) struct Server {
    post: Post,
    answers: Answers,
    spool: Arc<Mutex<Spool>>,
    /// How long it may take to store live readings.
    direct_window: Duration,
    health: Mutex<Health>,
}

#[derive(Debug, Default)]
struct Health {
    backoff: Backoff,
    failing_since: Option<Instant>,
    /// Why live readings go to the spool, though it answers.
    detour: Option<Detour>,
    keeping: Keeping,
    /// How long it took for the last requests, the latest first.
    took: [Option<Duration>; LOOK_BACK],
    /// What was not posted, as it takes temperatures alone.
    left_out: u64,
    /// How many records it has refused for good, and the line about that.
    refused: u64,
    refusals: Repetition,
    why_refused: String,
}

/// Nothing has shown yet that one of these is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detour {
    /// It was too slow for live readings.
    Slow,
    /// It is fast enough for a reading, and not for all that come.
    Behind,
    /// It does not take them for now, such as by its clock.
    Untaken,
}

/// What became of records.
#[derive(Debug)]
pub(super) struct Taken {
    /// How many it has stored. The others are dead letters, but for those that it may take later.
    pub(super) stored: u64,
    /// The indices of those.
    pub(super) kept: Vec<usize>,
}

impl Server {
    pub(super) fn new(post: Post, spool: Arc<Mutex<Spool>>, direct_window: Duration) -> Self {
        let answers = post.answers();
        let mut health = Health::default();
        if !spool.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            health.keeping = Keeping::begun_before();
        }
        Self { post, answers, spool, direct_window, health: Mutex::new(health) }
    }

    /// Whether live readings go to it.
    pub(super) fn takes_live_readings(&self) -> bool {
        let health = self.health();
        health.failing_since.is_none() && health.detour.is_none()
    }

    /// Until when it is left alone.
    pub(super) fn paused_until(&self, now: Instant) -> Option<Instant> {
        self.health().backoff.until(now)
    }

    /// How often it has answered with each status.
    pub(super) fn answers(&self) -> BTreeMap<String, u64> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many records were not posted, as it takes temperatures alone.
    pub(super) fn left_out(&self) -> u64 {
        self.health().left_out
    }

    /// Whether it is known to take temperatures alone.
    pub(super) fn leaves_out(&self) -> bool {
        self.post.leaves_out()
    }

    /// How many records it has refused for good.
    pub(super) fn refused(&self) -> u64 {
        self.health().refused
    }

    /// The most readings that are worth posting at once.
    pub(super) fn batch_limit(&self) -> usize {
        self.post.batch_limit()
    }

    /// How long a request took lately, at best.
    pub(super) fn takes_at_best(&self) -> Duration {
        self.health().took.into_iter().flatten().min().unwrap_or_default()
    }

    /// Whether it is fast enough for a reading, and not for all that come; and how long the last
    /// request took.
    pub(super) fn is_behind(&self) -> Option<Duration> {
        let health = self.health();
        (health.detour == Some(Detour::Behind)).then(|| health.took[0].unwrap_or_default())
    }

    /// It is not fast enough for all the readings that come.
    pub(super) fn fall_behind(&self, reason: &str) {
        self.health().begin(Detour::Behind, reason);
    }

    /// It is again.
    pub(super) fn catch_up(&self) {
        let mut health = self.health();
        health.detour = None;
        health.keeping.end();
    }

    /// What came from the spool is stored, and nothing is left there.
    pub(super) fn empty(&self) {
        let mut health = self.health();
        if health.detour.is_none() && health.failing_since.is_none() {
            health.keeping.end();
        }
    }

    /// Says what was held back so as not to say it too often, if it is time.
    pub(super) fn report(&self, now: Instant) {
        let mut health = self.health();
        if let Some(count) = health.refusals.take_overdue(now) {
            health.say_refused(count);
        }
    }

    /// When it is to be asked again which kinds it takes, by a thread that nobody waits for.
    pub(super) fn next_question(&self) -> Option<Instant> {
        self.post.kinds().next_question()
    }

    /// Asks it, if it is time. One that does not say is what it was.
    pub(super) fn ask_kinds(&self) {
        let is_due = self.next_question().is_some_and(|at| at <= Instant::now());
        if is_due && self.post.ask_kinds(None).is_err() {
            self.post.kinds().learn(false, Instant::now());
        }
    }

    /// Posts records by this deadline, or however long requests may take. Those that it refuses
    /// for good become dead letters.
    ///
    /// # Errors
    /// If some may not be stored yet.
    pub(super) fn take(
        &self,
        records: &[Record],
        deadline: Option<Instant>,
    ) -> Result<Taken, PostError> {
        let start = Instant::now();
        let posted = self.post.post(records, deadline);
        let stored = posted.and_then(|outcome| self.settle(records, outcome));
        match &stored {
            Ok(_) => self.succeed(start.elapsed()),
            // Whoever waits longer will see what is wrong.
            Err(error) if error.timed_out && deadline.is_some() => {
                self.health().begin(Detour::Slow, &error.reason);
            }
            Err(error) => self.fail(error),
        }
        stored
    }

    /// Buries what is refused for good.
    fn settle(&self, records: &[Record], outcome: Outcome) -> Result<Taken, PostError> {
        let Outcome { refused, kept, why_kept, left_out } = outcome;
        let unstored = (refused.len() + kept.len() + left_out) as u64;
        if let Some(first) = refused.first() {
            let buried = self.spool().bury(records, &refused);
            buried.map_err(|error| PostError::new(format!("the spool cannot be used: {error}")))?;
            let (mut health, count) = (self.health(), refused.len() as u64);
            health.refused += count;
            health.why_refused.clone_from(&first.reason);
            if let Some(count) = health.refusals.happen(count, Instant::now()) {
                health.say_refused(count);
            }
        }
        let mut health = self.health();
        health.left_out += left_out as u64;
        match why_kept {
            Some(reason) => health.begin(Detour::Untaken, &reason),
            None if health.detour == Some(Detour::Untaken) => health.detour = None,
            None => {}
        }
        Ok(Taken { stored: (records.len() as u64).saturating_sub(unstored), kept })
    }

    fn succeed(&self, took: Duration) {
        let mut health = self.health();
        health.backoff.succeed();
        health.took.rotate_right(1);
        health.took[0] = Some(took);
        if took <= self.direct_window && health.detour == Some(Detour::Slow) {
            health.detour = None;
        }
        if let Some(since) = health.failing_since.take()
            && health.keeping.is_back()
        {
            drop(health);
            let away = humantime::format_duration(Duration::from_secs(since.elapsed().as_secs()));
            tracing::info!(%away, spooled = self.spool().len(), "the server takes readings again");
        }
    }

    fn fail(&self, error: &PostError) {
        let now = Instant::now();
        let mut health = self.health();
        health.failing_since.get_or_insert(now);
        health.keeping.begin(now, &error.reason, &error.reason);
        health.backoff.fail(now, error.retry_after);
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Health {
    fn begin(&mut self, detour: Detour, reason: &str) {
        self.detour = Some(detour);
        let cause = match detour {
            Detour::Slow => reason,
            Detour::Behind => "behind",
            Detour::Untaken => "untaken",
        };
        self.keeping.begin(Instant::now(), cause, reason);
    }

    fn say_refused(&self, count: u64) {
        let reason = &self.why_refused;
        tracing::warn!(count, %reason, "the server refuses readings; they are dead letters");
    }
}
