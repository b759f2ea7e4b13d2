/// Where an engine is and how it is spoken to.
#[derive(Clone, PartialEq, Eq)]
pub struct InfluxConfig {
    /// `http://HOST:PORT`, or `https:`, with a path if a proxy or a cluster wants one; no user and
    /// password, which belong into `protocol`.
    pub url: String,
    /// Where it is written to, if that is elsewhere. The first one that works is taken; all of them
    /// must lead to the same.
    pub write_urls: Vec<String>,
    /// The same of where it is read.
    pub read_urls: Vec<String>,
    /// How it is written to.
    pub protocol: Protocol,
    /// What it is, and so how it is read.
    pub engine: Engine,
}

/// InfluxDB's two protocols for writing.
#[derive(Clone, PartialEq, Eq)]
pub enum Protocol {
    /// `/write`, of InfluxDB 1.x.
    V1 {
        /// Made if it is absent and that is permitted.
        database: String,
        /// Made with the database, as its default: of sensors' readings.
        retention_policy: String,
        /// Of all that is kept for the longer time; made when the first of it is written.
        network_retention_policy: String,
        /// User name and password, if it wants them.
        credentials: Option<(String, String)>,
    },
    /// `/api/v2/write`, of InfluxDB 2 and 3.
    V2 {
        /// The organisation.
        org: String,
        /// The bucket; InfluxDB 3's database. It must exist.
        bucket: String,
        /// The same for what is kept for the longer time; none: it is in the other one.
        network_bucket: Option<String>,
        /// The API token, if it wants one.
        token: Option<String>,
    },
}

/// What an engine understands when it is asked for what it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// InfluxQL at `/query`: InfluxDB 1, 2 and 3.
    #[default]
    InfluxDb,
    /// PromQL at `/api/v1/query`: VictoriaMetrics.
    VictoriaMetrics,
}

impl InfluxConfig {
    /// An engine that is written to and read at one address.
    #[must_use]
    pub const fn new(url: String, protocol: Protocol, engine: Engine) -> Self {
        Self { url, write_urls: Vec::new(), read_urls: Vec::new(), protocol, engine }
    }

    /// Where it is written to.
    pub(super) fn write_urls(&self) -> &[String] {
        self.or_url(&self.write_urls)
    }

    /// Where it is read.
    pub(super) fn read_urls(&self) -> &[String] {
        self.or_url(&self.read_urls)
    }

    const fn or_url<'a>(&'a self, urls: &'a [String]) -> &'a [String] {
        if urls.is_empty() { core::slice::from_ref(&self.url) } else { urls }
    }
}

/// The URL as it may be shown, should there be a password in it after all.
pub(super) fn shown(url: &str) -> &str {
    url.rsplit('@').next().unwrap_or_default().trim_end_matches('/')
}

impl core::fmt::Debug for InfluxConfig {
    /// Without the secrets.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let version = match self.protocol {
            Protocol::V1 { .. } => "v1",
            Protocol::V2 { .. } => "v2",
        };
        let shown =
            |urls: &[String]| urls.iter().map(|url| shown(url)).collect::<Vec<_>>().join(", ");
        f.debug_struct("InfluxConfig")
            .field("write_urls", &shown(self.write_urls()))
            .field("read_urls", &shown(self.read_urls()))
            .field("protocol", &version)
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        let protocol = Protocol::V2 {
            org: "home".to_owned(),
            bucket: "grafana".to_owned(),
            network_bucket: None,
            token: Some("secret".to_owned()),
        };
        let url = "http://user:secret@db.example:8086/".to_owned();
        let config = InfluxConfig::new(url, protocol, Engine::InfluxDb);
        let shown = format!("{config:?}");
        assert!(shown.contains("\"db.example:8086\"") && !shown.contains("secret"), "{shown}");
    }
}
