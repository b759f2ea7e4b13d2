use core::time::Duration;
use std::path::PathBuf;

use crate::ServerUrl;
use crate::port::PortChoice;

/// What a [`Gateway`](crate::Gateway) needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The manager's serial port.
    pub port: PortChoice,
    /// Where readings are posted.
    pub server: ServerUrl,
    /// How they are posted.
    pub format: PostFormat,
    /// Where the spool lives.
    pub state_dir: PathBuf,
    /// Largest size of the spool, in octets. When it is full the oldest readings make room.
    pub spool_limit: u64,
    /// How long the server may take to store a reading before it goes to the spool instead.
    pub direct_window: Duration,
}

impl Config {
    /// The default of [`spool_limit`](Self::spool_limit): half a year of ten motes at 30 s.
    pub const SPOOL_LIMIT: u64 = 64 * 1024 * 1024;

    /// The default of [`direct_window`](Self::direct_window).
    pub const DIRECT_WINDOW: Duration = Duration::from_millis(150);
}

/// What a request to the server looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PostFormat {
    /// An array of readings, each with its time: for clouddata's own server.
    #[default]
    Batch,
    /// One reading a request and no time, as the existing Python client posts: for its server,
    /// which stamps what it gets with the time of reception.
    Single,
}
