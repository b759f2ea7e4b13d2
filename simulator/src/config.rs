use core::net::SocketAddr;
use core::time::Duration;
use std::path::PathBuf;

use crate::{Faults, Settings};

/// What a [`Simulator`](crate::Simulator) does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The manager and its motes. The origin is set to the host's clock at the start.
    pub settings: Settings,
    /// What the line does to frames, in both directions.
    pub faults: Faults,
    /// After what time to stop; `None` to run until told.
    pub duration: Option<Duration>,
    /// Where to listen for clients; `None` for the port that is usual on this system: a pty, or
    /// where there are none, a socket on the loopback.
    pub listen: Option<SocketAddr>,
    /// Where to make a symbolic link to the pty.
    pub link: Option<PathBuf>,
    /// How long the cable stays plugged in before it is pulled, again and again; `None` to leave
    /// it. Pulled, the pty goes away; another takes its place at the link. The manager goes on.
    pub replug_every: Option<Duration>,
    /// Where to write a line for each reading that the client acknowledges.
    pub ledger: Option<PathBuf>,
    /// Where to write a line for each reading that is sent reliably, once.
    pub sent_ledger: Option<PathBuf>,
    /// Where to write a line for each notification that brings no temperature, when it is sent
    /// reliably for the first time, and when the client acknowledges it.
    pub notice_ledger: Option<PathBuf>,
}
