/// Where an engine is and how it is spoken to.
#[derive(Clone, PartialEq, Eq)]
pub struct InfluxConfig {
    /// `http://HOST:PORT`, or `https:`, with a path if a proxy wants one; no user and password,
    /// which belong into `protocol`.
    pub url: String,
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
    /// `/api/v1/export`: VictoriaMetrics.
    VictoriaMetrics,
}

impl InfluxConfig {
    /// The URL as it may be shown, should there be a password in it after all.
    pub(super) fn address(&self) -> &str {
        self.url.rsplit('@').next().unwrap_or_default().trim_end_matches('/')
    }
}

impl core::fmt::Debug for InfluxConfig {
    /// Without the secrets.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let version = match self.protocol {
            Protocol::V1 { .. } => "v1",
            Protocol::V2 { .. } => "v2",
        };
        f.debug_struct("InfluxConfig")
            .field("url", &self.address())
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
        let config = InfluxConfig {
            url: "http://user:secret@db.example:8086/".to_owned(),
            protocol: Protocol::V2 {
                org: "home".to_owned(),
                bucket: "grafana".to_owned(),
                network_bucket: None,
                token: Some("secret".to_owned()),
            },
            engine: Engine::InfluxDb,
        };
        let shown = format!("{config:?}");
        assert!(shown.contains("\"db.example:8086\"") && !shown.contains("secret"), "{shown}");
    }
}
