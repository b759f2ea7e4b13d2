use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::path::PathBuf;

/// How a server is to run.
///
/// ```
/// use clouddata_server::Config;
///
/// let config = Config {
///     listen: ([127, 0, 0, 1], 0).into(),
///     ..Config::new("/var/lib/clouddata-server".into())
/// };
/// assert_eq!(config.retention.as_secs(), 12 * 3600);
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The folder for its files; made if absent.
    pub data_dir: PathBuf,
    /// How long a reading is kept, from its time of measurement.
    pub retention: Duration,
}

impl Config {
    /// Port a server listens on unless told otherwise.
    pub const DEFAULT_PORT: u16 = 8080;

    /// How long readings are kept unless told otherwise.
    pub const DEFAULT_RETENTION: Duration = Duration::from_secs(12 * 3600);

    /// The defaults: loopback only, port 8080, 12 hours.
    #[must_use]
    pub const fn new(data_dir: PathBuf) -> Self {
        Self {
            listen: SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::LOCALHOST), Self::DEFAULT_PORT),
            data_dir,
            retention: Self::DEFAULT_RETENTION,
        }
    }
}
