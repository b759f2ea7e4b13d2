use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use super::House;
use crate::stoppable::Stoppable;

/// Between two looks at what sites and tokens there are: what the program changes is to be so
/// within a second.
const INTERVAL: Duration = Duration::from_millis(400);

/// The same while nothing is known: somebody may wait for it.
const SOON: Duration = Duration::from_millis(50);

/// Between two looks at the clock for each site.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Between two looks for motes of which nothing is kept any more.
const FORGET_INTERVAL: Duration = Duration::from_secs(60);

/// A thread that sees to the sites: what there are, and how their motes are doing. Dropping it ends
/// it.
pub(crate) struct Upkeep {
    _thread: Stoppable,
}

impl Upkeep {
    pub(crate) fn start(house: Arc<House>) -> io::Result<Self> {
        let run = move |stopped: &Receiver<()>| run(&house, stopped);
        Ok(Self { _thread: Stoppable::start("sites", "sees to the sites", run)? })
    }
}

fn run(house: &House, stopped: &Receiver<()>) {
    let (mut looked, mut forgotten) = (Instant::now(), Instant::now());
    let mut is_failing = false;
    let interval = || if house.directory().is_known() { INTERVAL } else { SOON };
    while stopped.recv_timeout(interval()) == Err(RecvTimeoutError::Timeout) {
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
