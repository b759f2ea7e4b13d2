use super::InfluxConfig;

/// What many servers share: a log, which is also what they follow, and a history.
#[derive(Clone)]
pub struct ClusterConfig {
    /// NATS servers with JetStream, `nats://HOST:PORT` each; one that answers tells of the others.
    pub nats_urls: Vec<String>,
    /// User name and password, if they want them.
    pub nats_credentials: Option<(String, String)>,
    /// The history: VictoriaMetrics, with one address for writing.
    pub history: InfluxConfig,
}

impl core::fmt::Debug for ClusterConfig {
    /// Without the secrets.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let servers: Vec<&str> =
            self.nats_urls.iter().map(|url| url.rsplit('@').next().unwrap_or_default()).collect();
        f.debug_struct("ClusterConfig")
            .field("nats_urls", &servers)
            .field("history", &self.history)
            .finish_non_exhaustive()
    }
}
