use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use readings::Reading;

use super::backoff::Backoff;
use super::{Answers, Post, PostError};
use crate::spool::{Spool, SpoolError};

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
    /// It was too slow for live readings, and nothing has shown yet that this is over.
    is_slow: bool,
}

impl Server {
    pub(super) fn new(post: Post, spool: Arc<Mutex<Spool>>, direct_window: Duration) -> Self {
        let answers = post.answers();
        Self { post, answers, spool, direct_window, health: Mutex::default() }
    }

    /// Whether it took what it was given last, and within the direct window.
    pub(super) fn takes_live_readings(&self) -> bool {
        let health = self.health();
        health.failing_since.is_none() && !health.is_slow
    }

    /// Until when it is left alone.
    pub(super) fn paused_until(&self, now: Instant) -> Option<Instant> {
        self.health().backoff.until(now)
    }

    /// How often it has answered with each status.
    pub(super) fn answers(&self) -> BTreeMap<String, u64> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Posts readings within this time, or however long requests may take. Those that it refuses
    /// for good become dead letters.
    ///
    /// # Errors
    /// If some may not be stored yet.
    pub(super) fn take(
        &self,
        readings: &[Reading],
        within: Option<Duration>,
    ) -> Result<(), PostError> {
        let start = Instant::now();
        let posted = match within {
            Some(within) => self.post.post_by(readings, start + within),
            None => self.post.post(readings),
        };
        let stored = posted.and_then(|refusals| {
            let Some(first) = refusals.first() else { return Ok(()) };
            let reason = &first.reason;
            tracing::warn!(count = refusals.len(), %reason, "the server refuses readings");
            self.spool().bury(readings, &refusals).map_err(|error| unusable(&error))
        });
        match &stored {
            Ok(()) => self.succeed(start.elapsed()),
            // Whoever waits longer will see what is wrong.
            Err(error) if error.timed_out && within.is_some() => self.health().is_slow = true,
            Err(error) => self.fail(error),
        }
        stored
    }

    fn succeed(&self, took: Duration) {
        let mut health = self.health();
        health.backoff.succeed();
        if took <= self.direct_window {
            health.is_slow = false;
        }
        if let Some(since) = health.failing_since.take() {
            drop(health);
            let away = humantime::format_duration(Duration::from_secs(since.elapsed().as_secs()));
            tracing::info!(%away, spooled = self.spool().len(), "the server takes readings again");
        }
    }

    /// A state is logged once, when it begins.
    fn fail(&self, error: &PostError) {
        let now = Instant::now();
        let mut health = self.health();
        if health.failing_since.is_none() {
            health.failing_since = Some(now);
            tracing::warn!(reason = %error, "readings are kept in the spool");
        }
        health.backoff.fail(now, error.retry_after);
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unusable(error: &SpoolError) -> PostError {
    PostError {
        reason: format!("the spool cannot be used: {error}"),
        retry_after: None,
        timed_out: false,
    }
}
