use core::str::FromStr;

use anyhow::{bail, ensure};
use clouddata_server::{ClusterConfig, Config, StoreChoice};
use serde::Deserialize;
use ureq::http::Uri;

use super::Settings;
use super::secret::secret;
use super::store::EngineKind;

/// Where NATS listens unless it is told otherwise.
const DEFAULT_URL: &str = "nats://127.0.0.1:4222";

/// Addresses of NATS servers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(super) struct NatsUrls(Vec<String>);

impl FromStr for NatsUrls {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        text.split(',').map(str::to_owned).collect::<Vec<_>>().try_into()
    }
}

impl TryFrom<Vec<String>> for NatsUrls {
    type Error = anyhow::Error;

    /// Errors never show an address: a password may be in it.
    fn try_from(list: Vec<String>) -> anyhow::Result<Self> {
        ensure!(!list.is_empty(), "nats_urls has no address; write them as nats://HOST:PORT");
        let url = |url: &String| {
            let uri: Option<Uri> = url.trim().parse().ok();
            let is_nats = |uri: &Uri| matches!(uri.scheme_str(), Some("nats" | "tls"));
            let Some(uri) = uri.filter(is_nats) else {
                bail!("nats_urls has what is no address; write them as nats://HOST:PORT");
            };
            if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
                bail!("nats_urls has a user or a password in it; these have settings of their own");
            }
            Ok(url.trim().to_owned())
        };
        list.iter().map(url).collect::<anyhow::Result<_>>().map(Self)
    }
}

/// Whether this program has the store that `config` wants.
pub(in crate::cli) fn check_built(config: &Config) -> anyhow::Result<()> {
    let is_wanted = matches!(config.store, StoreChoice::Cluster(_));
    ensure!(
        cfg!(feature = "cluster") || !is_wanted,
        "this program was built without store = \"cluster\"; \
         build it with: cargo build --release -p clouddata-server --features cluster"
    );
    Ok(())
}

impl Settings {
    /// The store that many servers share.
    pub(super) fn cluster(&self) -> anyhow::Result<StoreChoice> {
        if self.engine() != EngineKind::VictoriaMetrics {
            bail!("the cluster's history is VictoriaMetrics; take influx_engine away");
        }
        let password = secret("nats_password", "NATS_PASSWORD", &self.nats_password_file)?;
        if password.is_some() != self.nats_username.is_some() {
            bail!("nats_username and its password are needed together");
        }
        let history = self.influx(self.influx1()?, EngineKind::VictoriaMetrics)?;
        ensure!(
            history.write_urls.len() < 2,
            "the cluster's history is one VictoriaMetrics: name one address in influx_write_urls"
        );
        Ok(StoreChoice::Cluster(ClusterConfig {
            nats_urls: match &self.nats_urls {
                Some(NatsUrls(urls)) => urls.clone(),
                None => vec![DEFAULT_URL.to_owned()],
            },
            nats_credentials: self.nats_username.clone().zip(password),
            history,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_taken_or_shown() {
        for urls in ["nats://user:secret@a:4222", "http://secret:4222", "secret", ""] {
            let error = urls.parse::<NatsUrls>().unwrap_err().to_string();
            assert!(error.contains("nats_urls") && !error.contains("secret"), "{error}");
        }
        let two: NatsUrls = "nats://a:4222, tls://b:4222".parse().unwrap();
        assert_eq!(two.0, ["nats://a:4222", "tls://b:4222"]);
    }
}
