use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use readings::Record;

use super::Post;
use super::drainer::Drainer;
use super::pace::Pace;
use super::server::{Server, Taken};
use crate::spool::Spool;

/// How long a server may take for live readings that cannot be spooled.
const LAST_RESORT_WINDOW: Duration = Duration::from_secs(2);

/// No reading waits longer than this for the server since it was due, unless the direct window is
/// longer: a manager sends the next only when the last is acknowledged.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A server that could take so many times as many readings is not what they wait for.
const IDLE_FACTOR: u32 = 10;

/// Posts live readings from whichever thread has them, so that they need not be handed over, and
/// drains the spool from a thread of its own.
#[derive(Debug)]
pub(crate) struct Uplink {
    server: Arc<Server>,
    spool: Arc<Mutex<Spool>>,
    direct_window: Duration,
    pace: Pace,
    wake: Sender<Vec<Record>>,
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
        // What is longer is for ever.
        let direct_window = direct_window.min(Duration::from_secs(24 * 3600));
        let server = Arc::new(Server::new(post, Arc::clone(&spool), direct_window));
        let drainer = Drainer::new(Arc::clone(&server), Arc::clone(&spool));
        let drainer =
            thread::Builder::new().name("drainer".to_owned()).spawn(move || drainer.run(&woken))?;
        Ok(Self { server, spool, direct_window, pace: Pace::default(), wake, drainer })
    }

    /// Whether its thread runs.
    pub(crate) fn is_alive(&self) -> bool {
        !self.drainer.is_finished()
    }

    /// How often the server has answered with each status.
    pub(crate) fn answers(&self) -> BTreeMap<String, u64> {
        self.server.answers()
    }

    /// How many records were not posted, as the server takes temperatures alone.
    pub(crate) fn left_out(&self) -> u64 {
        self.server.left_out()
    }

    /// Whether the server is known to take temperatures alone.
    pub(crate) fn leaves_out(&self) -> bool {
        self.server.leaves_out()
    }

    /// How many records the server has refused for good.
    pub(crate) fn refused(&self) -> u64 {
        self.server.refused()
    }

    /// Says what was held back so as not to say it too often, if it is time.
    pub(crate) fn report(&self, now: Instant) {
        self.server.report(now);
    }

    /// Whether what was due at this moment has come so late, as each request takes its time, that
    /// readings behind it would soon wait for too long.
    pub(crate) fn is_held_up(&self, due: Instant) -> bool {
        self.server.takes_live_readings() && due.elapsed() > self.longest_wait() / 2
    }

    fn longest_wait(&self) -> Duration {
        LONGEST_WAIT.max(self.direct_window)
    }

    /// Posts live readings, of which the first was due at this moment, unless they would wait for
    /// too long. Returns how many are stored, if all are safe: the others are dead letters.
    pub(crate) fn post(&mut self, records: &[Record], due: Instant) -> Option<u64> {
        let now = Instant::now();
        self.pace.note(now);
        if self.server.is_behind().is_some_and(|took| self.pace.allows(now, took))
            && self.spool().is_empty()
        {
            self.server.catch_up();
        }
        if !self.server.takes_live_readings() {
            return None;
        }
        let longest_wait = self.longest_wait();
        let (window, takes) = (now + self.direct_window, self.server.takes_at_best());
        let deadline = if now + takes <= due + longest_wait {
            window.min(due + longest_wait)
        } else if self.pace.allows(now, takes * IDLE_FACTOR) {
            // Whatever they have waited for, it was not this.
            window
        } else {
            self.server.fall_behind(&self.why_behind(now, takes, longest_wait));
            return None;
        };
        all_safe(&self.server.take(records, Some(deadline)).ok()?)
    }

    /// The same with readings that have waited for too long, and that the spool does not take.
    pub(crate) fn post_late(&self, records: &[Record]) -> Option<u64> {
        self.server.is_behind()?;
        let deadline = Instant::now() + self.direct_window;
        all_safe(&self.server.take(records, Some(deadline)).ok()?)
    }

    /// The same with readings that the spool does not take: also if the server has been slow, or
    /// away and it is time to try again.
    pub(crate) fn post_as_last_resort(&self, records: &[Record]) -> Option<u64> {
        let now = Instant::now();
        if self.server.paused_until(now).is_some() {
            return None;
        }
        all_safe(&self.server.take(records, Some(now + LAST_RESORT_WINDOW)).ok()?)
    }

    fn why_behind(&self, now: Instant, takes: Duration, longest_wait: Duration) -> String {
        let interval = self.pace.interval(now).unwrap_or_default();
        format!(
            "a request takes {takes:.0?}, and a notification comes every {interval:.0?}: readings \
             would wait for more than {longest_wait:?}"
        )
    }

    fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that there is something to drain.
    pub(crate) fn drain(&self) {
        // The thread ends only after this end has been dropped.
        let _ = self.wake.send(Vec::new());
    }

    /// Takes records that nobody waits for to the server, or to the spool, from another thread.
    pub(crate) fn post_later(&self, records: Vec<Record>) {
        let _ = self.wake.send(records);
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

/// How many are stored, if none is left that the server may take later.
fn all_safe(taken: &Taken) -> Option<u64> {
    taken.kept.is_empty().then_some(taken.stored)
}
