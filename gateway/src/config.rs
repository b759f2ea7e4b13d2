use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::path::PathBuf;

use serde::Deserialize;

use crate::port::PortChoice;
use crate::{Extras, Proxy, ServerUrl, Token};

/// What a [`Gateway`](crate::Gateway) needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The manager's serial port.
    pub port: PortChoice,
    /// Where readings are posted.
    pub server: ServerUrl,
    /// The proxy by which the server is reached; `None` for none, whatever the environment says.
    pub proxy: Option<Proxy>,
    /// How they are posted.
    pub post_format: PostFormat,
    /// What the server knows this gateway by.
    pub token: Option<Token>,
    /// The certificate authorities by which an https server is known, in PEM; `None` for those of
    /// the system.
    pub ca_file: Option<PathBuf>,
    /// Where the spool lives.
    pub state_dir: PathBuf,
    /// Largest size of the spool, in octets. When it is full the oldest records make room.
    pub spool_limit: u64,
    /// How long a reading may wait for the server, since it was due, before it goes to the spool
    /// instead. A manager that is more impatient repeats its notification, and in the end gives
    /// the session up: it is to be shorter than that.
    pub direct_window: Duration,
    /// What it takes besides readings, health reports and events.
    pub extras: Extras,
    /// Where metrics are served; `None` for nowhere.
    pub metrics_listen: Option<SocketAddr>,
}

impl Config {
    /// The default of [`spool_limit`](Self::spool_limit): some weeks of ten motes at 30 s.
    pub const SPOOL_LIMIT: u64 = 64 * 1024 * 1024;

    /// The default of [`direct_window`](Self::direct_window).
    pub const DIRECT_WINDOW: Duration = Duration::from_secs(2);

    /// A configuration with the defaults for all else.
    #[must_use]
    pub const fn new(port: PortChoice, server: ServerUrl, state_dir: PathBuf) -> Self {
        Self {
            port,
            server,
            proxy: None,
            post_format: PostFormat::Batch,
            token: None,
            ca_file: None,
            state_dir,
            spool_limit: Self::SPOOL_LIMIT,
            direct_window: Self::DIRECT_WINDOW,
            extras: Extras { user_data: false, ip_data: false, log: false },
            metrics_listen: None,
        }
    }
}

/// What a request to the server looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PostFormat {
    /// An array of readings, each with its time: for clouddata's own server.
    #[default]
    Batch,
    /// One reading a request and no time, as the existing Python client posts: for its server,
    /// which stamps what it gets with the time of reception.
    Single,
}

impl PostFormat {
    /// What it is called in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Single => "single",
        }
    }
}

impl fmt::Display for PostFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
