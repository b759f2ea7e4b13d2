use core::time::Duration;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use serde::Serialize;
use ureq::http::{StatusCode, Uri};

use super::post::{Answers, Post};
use crate::{PostFormat, Status};

/// The server hears of the gateway at least this often.
const INTERVAL: Duration = Duration::from_secs(10);

/// But not more often than this, however fast things change.
const LEAST: Duration = Duration::from_secs(1);

/// Between two looks at whether it has.
const LOOK: Duration = Duration::from_millis(2500);

/// Tells the server how the gateway is, from a thread of its own: when that changes, and when there
/// were no readings to post for a while. A server that has no such path is not asked again, and what
/// does not arrive is not tried again: the next status replaces it.
#[derive(Debug)]
pub(crate) struct Bulletin(Option<Arc<Board>>);

#[derive(Debug, Default)]
struct Board {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    status: Option<Status>,
    is_new: bool,
    stopped: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    status: &'a Status,
    interval_seconds: u64,
}

impl Bulletin {
    /// `answers` are those to the readings.
    pub(crate) fn start(post: Post, answers: Answers) -> io::Result<Self> {
        // Other servers have no such path.
        let Some(uri) = status_uri(post.uri()).filter(|_| post.format() == PostFormat::Batch)
        else {
            return Ok(Self(None));
        };
        let board = Arc::new(Board::default());
        let read = Arc::clone(&board);
        thread::Builder::new()
            .name("status".to_owned())
            .spawn(move || read.tell(&post, &uri, &answers))?;
        Ok(Self(Some(board)))
    }

    /// This is how it is now.
    pub(crate) fn put(&self, status: &Status) {
        let Some(board) = &self.0 else { return };
        let mut state = board.lock();
        (state.status, state.is_new) = (Some(status.clone()), true);
        drop(state);
        board.changed.notify_one();
    }
}

impl Drop for Bulletin {
    /// Nobody waits for the thread: the server may take its time.
    fn drop(&mut self) {
        if let Some(board) = &self.0 {
            board.lock().stopped = true;
            board.changed.notify_one();
        }
    }
}

impl Board {
    fn tell(&self, post: &Post, uri: &Uri, answers: &Answers) {
        // The first status is told at once.
        let now = Instant::now();
        let (mut told, mut stored) = (now.checked_sub(LEAST).unwrap_or(now), 0);
        loop {
            let Some((status, is_new)) = self.wait(told + LEAST) else { return };
            let stored_now = count(answers);
            if core::mem::replace(&mut stored, stored_now) != stored_now {
                told = Instant::now();
            }
            if !is_new && told.elapsed() < INTERVAL {
                continue;
            }
            told = Instant::now();
            let body = Body { status: &status, interval_seconds: INTERVAL.as_secs() };
            let Ok(json) = serde_json::to_vec(&body) else { return };
            match post.tell(uri, &json) {
                Ok(StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) => {
                    tracing::debug!("the server does not ask how the gateway is");
                    return;
                }
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "the server cannot be told how it is"),
            }
        }
    }

    /// Waits for a change, or for a while; None at the end.
    fn wait(&self, not_before: Instant) -> Option<(Status, bool)> {
        let mut state = self.lock();
        while !state.stopped
            && let Some(left) = not_before.checked_duration_since(Instant::now())
            && !left.is_zero()
        {
            let woken = self.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        if !state.is_new && !state.stopped {
            let woken = self.changed.wait_timeout(state, LOOK);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        while state.status.is_none() && !state.stopped {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.stopped {
            return None;
        }
        let is_new = core::mem::take(&mut state.is_new);
        state.status.clone().map(|status| (status, is_new))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often readings were stored.
fn count(answers: &Answers) -> u64 {
    let answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
    answers.get("204").copied().unwrap_or_default()
}

/// Beside where readings are posted.
fn status_uri(readings: &Uri) -> Option<Uri> {
    let path = readings.path().strip_suffix("/oap")?;
    let mut parts = readings.clone().into_parts();
    parts.path_and_query = Some(format!("{path}/gateways").parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_posted_beside_the_readings() {
        for (readings, status) in [
            ("http://a.example/api/v1/oap", Some("http://a.example/api/v1/gateways")),
            ("https://a.example:8443/b/oap", Some("https://a.example:8443/b/gateways")),
            ("http://a.example/oap", Some("http://a.example/gateways")),
            ("http://a.example/elsewhere", None),
        ] {
            let found = status_uri(&readings.parse().unwrap()).map(|uri| uri.to_string());
            assert_eq!(found.as_deref(), status);
        }
    }
}
