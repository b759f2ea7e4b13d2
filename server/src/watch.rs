use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use readings::Mac;
use tokio::runtime::Handle;

use crate::app::App;
use crate::state::{Kept, recall, recall_latest};
use crate::stoppable::Stoppable;
use crate::webhook::Alarms;

/// Between two looks at the clock.
const INTERVAL: Duration = Duration::from_secs(1);

/// Between two looks at what other servers have stored in the same engine, at least.
const ASK_INTERVAL: Duration = Duration::from_secs(5);

/// Between two looks for motes of which nothing is kept any more.
const FORGET_INTERVAL: Duration = Duration::from_secs(60);

/// A thread that watches how the motes and gateways are doing, keeps that for the next start, and
/// raises the alarms. Dropping it ends it; the app has to be stopped first.
pub(crate) struct Watch {
    _thread: Stoppable,
}

struct Watcher {
    app: Arc<App>,
    runtime: Handle,
    kept: Kept,
    alarms: Option<Alarms>,
    asked: Instant,
    forgotten: Instant,
    /// Whether the last attempt to keep something failed.
    is_failing: bool,
}

impl Watch {
    /// Finds out how the motes were doing, and watches them from then on.
    pub(crate) fn start(
        app: Arc<App>,
        runtime: Handle,
        kept: Kept,
        alarms: Option<Alarms>,
    ) -> io::Result<Self> {
        let (asked, forgotten) = (Instant::now(), Instant::now());
        let watcher = Watcher { app, runtime, kept, alarms, asked, forgotten, is_failing: false };
        let run = move |stopped: &Receiver<()>| watcher.run(stopped);
        Ok(Self { _thread: Stoppable::start("watch", "watches the motes", run)? })
    }
}

impl Watcher {
    fn run(mut self, stopped: &Receiver<()>) {
        let app = Arc::clone(&self.app);
        if self.ask(recall(&app.states, &app.store)).is_none() {
            return;
        }
        if let Err(error) = app.states.resume_motes(&mut self.kept) {
            tracing::warn!(%error, "since when motes are in their states is not known");
        }
        app.states.end_recall();
        while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
            self.look();
        }
        self.keep();
    }

    fn look(&mut self) {
        let app = Arc::clone(&self.app);
        let may_be_heard_elsewhere = app.store.is_shared() && app.states.would_change();
        if may_be_heard_elsewhere && self.asked.elapsed() >= ASK_INTERVAL {
            self.asked = Instant::now();
            // If the store does not answer, nothing was stored either.
            let _ = self.ask(recall_latest(&app.states, &app.store));
            app.states.look();
        } else if !may_be_heard_elsewhere {
            app.states.look();
        }
        if self.forgotten.elapsed() >= FORGET_INTERVAL {
            self.forgotten = Instant::now();
            app.states.forget(app.keeping.retention);
        }
        if let Some(mut alarms) = self.alarms.take() {
            alarms.look(&app.states, |macs| self.labels(macs));
            self.alarms = Some(alarms);
        }
        self.keep();
    }

    fn keep(&mut self) {
        // Also if there is nothing to be kept: before it is needed.
        let kept = self.kept.look().and_then(|()| self.app.states.keep(&mut self.kept));
        match (&kept, self.is_failing) {
            (Err(error), false) => tracing::error!(%error, "the motes' states cannot be kept"),
            (Ok(()), true) => tracing::info!("the motes' states are kept again"),
            _ => {}
        }
        self.is_failing = kept.is_err();
    }

    /// What people call these motes; without names, if the store does not tell.
    fn labels(&self, macs: Vec<Mac>) -> BTreeMap<Mac, String> {
        let Some(Ok(motes)) = self.ask(self.app.store.latest(macs)) else {
            return BTreeMap::new();
        };
        motes.into_iter().filter_map(|mote| Some((mote.last.mac, mote.label?))).collect()
    }

    /// Waits for an answer, unless the app stops.
    fn ask<T>(&self, answer: impl Future<Output = T>) -> Option<T> {
        let mut stopped = self.app.stopped();
        self.runtime.block_on(async {
            tokio::select! {
                _ = stopped.wait_for(|&stopped| stopped) => None,
                answer = answer => Some(answer),
            }
        })
    }
}
