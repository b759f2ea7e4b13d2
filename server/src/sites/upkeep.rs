use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use super::House;

/// Between two looks at what sites and tokens there are: what the program changes is to be so
/// within a second.
const INTERVAL: Duration = Duration::from_millis(400);

/// Between two looks at the clock for each site.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Between two looks for motes of which nothing is kept any more.
const FORGET_INTERVAL: Duration = Duration::from_secs(60);

/// A thread that sees to the sites: what there are, and how their motes are doing. Dropping it ends
/// it.
pub(crate) struct Upkeep {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Upkeep {
    pub(crate) fn start(house: Arc<House>) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new().name("sites".to_owned());
        let thread = thread.spawn(move || run(&house, &stopped))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that sees to the sites panicked");
        }
    }
}

fn run(house: &House, stopped: &Receiver<()>) {
    let (mut looked, mut forgotten) = (Instant::now(), Instant::now());
    let mut is_failing = false;
    while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
        let refreshed = house.refresh();
        match (&refreshed, is_failing) {
            // Those that were known go on.
            (Err(error), false) => {
                tracing::error!(%error, "what sites there are cannot be looked up");
            }
            (Ok(()), true) => tracing::info!("the sites are looked up again"),
            _ => {}
        }
        is_failing = refreshed.is_err();
        if looked.elapsed() >= LOOK_INTERVAL {
            looked = Instant::now();
            let forget = forgotten.elapsed() >= FORGET_INTERVAL;
            if forget {
                forgotten = Instant::now();
            }
            house.look(forget);
        }
    }
}
