use anyhow::{Context, bail};
use clap::ValueEnum;
use clouddata_server::{Engine, InfluxConfig, Protocol, StoreChoice};
use serde::Deserialize;

use super::Settings;
use super::secret::secret;
use super::url::{Urls, address};

/// A kind of store, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum StoreKind {
    /// SQLite in the data folder.
    Embedded,
    /// InfluxDB 1.x's protocol.
    Influx1,
    /// The protocol of InfluxDB 2 and 3.
    Influx2,
    /// NATS JetStream and VictoriaMetrics, for many servers.
    Cluster,
}

/// An engine of the influx stores, by its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lower")]
pub(super) enum EngineKind {
    #[default]
    InfluxDb,
    VictoriaMetrics,
}

impl Settings {
    /// The store that the settings come to.
    pub(super) fn store(&self) -> anyhow::Result<StoreChoice> {
        let (kind, engine) = (self.store.unwrap_or(StoreKind::Embedded), self.engine());
        Ok(match kind {
            StoreKind::Embedded => StoreChoice::Embedded,
            StoreKind::Influx1 => StoreChoice::Influx(self.influx(self.influx1()?, engine)?),
            StoreKind::Influx2 => StoreChoice::Influx(self.influx(self.influx2()?, engine)?),
            StoreKind::Cluster => self.cluster()?,
        })
    }

    /// What engine it is.
    pub(super) fn engine(&self) -> EngineKind {
        let default = match self.store {
            Some(StoreKind::Cluster) => EngineKind::VictoriaMetrics,
            _ => EngineKind::InfluxDb,
        };
        self.influx_engine.unwrap_or(default)
    }

    pub(super) fn influx(
        &self,
        protocol: Protocol,
        engine: EngineKind,
    ) -> anyhow::Result<InfluxConfig> {
        let (engine, default_url) = match engine {
            EngineKind::InfluxDb => (Engine::InfluxDb, "http://127.0.0.1:8086"),
            EngineKind::VictoriaMetrics => (Engine::VictoriaMetrics, "http://127.0.0.1:8428"),
        };
        let url = address("influx_url", &named(&self.influx_url, default_url))?;
        let urls =
            |setting, urls: &Option<Urls>| urls.clone().unwrap_or_default().addresses(setting);
        Ok(InfluxConfig {
            write_urls: urls("influx_write_urls", &self.influx_write_urls)?,
            read_urls: urls("influx_read_urls", &self.influx_read_urls)?,
            ..InfluxConfig::new(url, protocol, engine)
        })
    }

    pub(super) fn influx1(&self) -> anyhow::Result<Protocol> {
        let password = secret("influx_password", "INFLUX_PASSWORD", &self.influx_password_file)?;
        if password.is_some() != self.influx_username.is_some() {
            bail!("influx_username and its password are needed together");
        }
        Ok(Protocol::V1 {
            database: named(&self.influx_database, "grafana"),
            retention_policy: named(&self.influx_retention_policy, "twelve_h_only"),
            network_retention_policy: named(
                &self.influx_network_retention_policy,
                "network_thirty_d",
            ),
            credentials: self.influx_username.clone().zip(password),
        })
    }

    fn influx2(&self) -> anyhow::Result<Protocol> {
        Ok(Protocol::V2 {
            org: self.influx_org.clone().context("influx2 needs influx_org")?,
            bucket: self.influx_bucket.clone().context("influx2 needs influx_bucket")?,
            network_bucket: self.influx_network_bucket.clone(),
            token: secret("influx_token", "INFLUX_TOKEN", &self.influx_token_file)?,
        })
    }
}

fn named(name: &Option<String>, default: &str) -> String {
    name.clone().unwrap_or_else(|| default.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_influx_stores_need_is_asked_for() {
        let influx2 = Settings {
            data_dir: Some("/a".into()),
            store: Some(StoreKind::Influx2),
            ..Settings::default()
        };
        let error = influx2.config().unwrap_err().to_string();
        assert!(error.contains("influx_org"), "{error}");
        let influx1 = Settings { store: Some(StoreKind::Influx1), ..influx2 };
        let StoreChoice::Influx(influx) = influx1.config().unwrap().store else { panic!() };
        assert_eq!(influx.url, "http://127.0.0.1:8086");
    }
}
