use core::net::{Ipv4Addr, SocketAddr};
use core::num::NonZeroU32;
use core::time::Duration;
use std::path::PathBuf;

use crate::clock::Clock;
use crate::mqtt::MqttConfig;
use crate::origin::TrustedProxies;
use crate::store::{ClusterConfig, InfluxConfig, Keeping};
use crate::tokens::Tokens;
use crate::webhook::WebhookConfig;

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
    /// How long a sensor's reading is kept, from its time of measurement.
    pub retention: Duration,
    /// How long all else is kept: health, what the manager says, links, events.
    pub network_retention: Duration,
    /// Most motes; readings of further ones are refused.
    pub max_motes: usize,
    /// What tells the age of a reading.
    pub clock: Clock,
    /// Where readings are kept.
    pub store: StoreChoice,
    /// Tokens that clients need to change anything; none: everyone may.
    pub tokens: Tokens,
    /// Requests a second that change something, for each token or address; none: any number.
    pub rate_limit: Option<NonZeroU32>,
    /// Most connections at a time. A quarter of them may be streams, and a quarter of those one
    /// origin's; an origin that is no trusted proxy may have a quarter of all connections.
    pub max_connections: usize,
    /// Reverse proxies that are believed when they say for whom they ask.
    pub trusted_proxies: TrustedProxies,
    /// Who is told what is wrong.
    pub webhooks: Vec<WebhookConfig>,
    /// Where what is known of the motes is published.
    pub mqtt: Option<MqttConfig>,
}

/// A kind of store.
#[derive(Clone, Debug, Default)]
pub enum StoreChoice {
    /// SQLite in the data folder.
    #[default]
    Embedded,
    /// An engine that speaks InfluxDB's HTTP protocols.
    Influx(InfluxConfig),
    /// A log and a history that many servers share; needs the feature `cluster`.
    Cluster(ClusterConfig),
}

impl Config {
    /// Port a server listens on unless told otherwise.
    pub const DEFAULT_PORT: u16 = 8080;

    /// How long readings are kept unless told otherwise.
    pub const DEFAULT_RETENTION: Duration = Duration::from_secs(12 * 3600);

    /// Most connections at a time unless told otherwise.
    pub const DEFAULT_MAX_CONNECTIONS: usize = 1024;

    /// The defaults: loopback only, port 8080, 12 hours in the embedded store.
    #[must_use]
    pub fn new(data_dir: PathBuf) -> Self {
        Self {
            listen: SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::LOCALHOST), Self::DEFAULT_PORT),
            data_dir,
            retention: Self::DEFAULT_RETENTION,
            network_retention: Keeping::DEFAULT_NETWORK_RETENTION,
            max_motes: Keeping::DEFAULT_MAX_MOTES,
            clock: Clock::system(),
            store: StoreChoice::Embedded,
            tokens: Tokens::default(),
            rate_limit: None,
            max_connections: Self::DEFAULT_MAX_CONNECTIONS,
            trusted_proxies: TrustedProxies::default(),
            webhooks: Vec::new(),
            mqtt: None,
        }
    }

    /// What the store keeps.
    #[must_use]
    pub fn keeping(&self) -> Keeping {
        Keeping {
            retention: self.retention,
            network_retention: self.network_retention,
            max_motes: self.max_motes,
            clock: self.clock.clone(),
        }
    }
}
