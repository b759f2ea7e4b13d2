use std::sync::mpsc::SyncSender;

use crate::port::Heard;
use crate::upload::Outcome;

/// What can happen to a gateway.
#[derive(Debug)]
pub(crate) enum Input {
    /// The link with this number has heard something.
    Heard { link: u64, heard: Heard },
    /// The uplink is done with the delivery of this number.
    Posted { delivery: u64, outcome: Outcome },
    /// Somebody wants to see the metrics.
    Scrape { answer: SyncSender<String> },
    /// Somebody wants it to stop.
    Stop,
}
