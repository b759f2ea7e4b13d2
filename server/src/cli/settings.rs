//! The settings: command line over environment over file over defaults.

mod cluster;
mod effective;
mod mqtt;
mod proxies;
mod secret;
mod store;
mod url;
mod webhook;

use core::num::NonZeroU32;
use core::str::FromStr;
use core::time::Duration;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use clouddata_server::{Config, Tokens};
use host::{ListenAddress, LogFormat};
use serde::Deserialize;

use super::PROGRAM;
use cluster::NatsUrls;
pub(super) use cluster::check_built;
use mqtt::MqttSettings;
use proxies::Proxies;
use store::{EngineKind, StoreKind};
use url::Urls;
pub(super) use url::address;
use webhook::WebhookSettings;

/// Every setting, with its default, commented out.
pub(super) const TEMPLATE: &str = include_str!("../../server.toml");

/// The configuration's name, where it is when it is not named.
pub(super) const FILE: &str = "server.toml";

/// What can be set, by the same names on the command line and in the file.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, global = true, env = "CLOUDDATA_LISTEN", value_name = "ADDR:PORT")]
    listen: Option<ListenAddress>,
    #[arg(long, global = true, env = "CLOUDDATA_DATA_DIR", value_name = "DIR",
          help = format!("Folder for the database and labels [default: {}]",
                         host::state_folder_for_people(PROGRAM)))]
    data_dir: Option<PathBuf>,
    /// How long sensors' readings are kept, such as 12h or 7days [default: 12h].
    #[arg(long, global = true, env = "CLOUDDATA_RETENTION", value_name = "TIME")]
    retention: Option<Retention>,
    /// How long all else is kept: health, links, events [default: 30days].
    #[arg(long, global = true, env = "CLOUDDATA_NETWORK_RETENTION", value_name = "TIME")]
    network_retention: Option<Retention>,
    /// Most motes; readings of further ones are refused [default: 100000].
    #[arg(long, global = true, env = "CLOUDDATA_MAX_MOTES", value_name = "N")]
    max_motes: Option<NonZeroU32>,
    /// Where readings are kept [default: embedded].
    #[arg(long, global = true, env = "CLOUDDATA_STORE", value_enum)]
    store: Option<StoreKind>,
    /// The engine of the influx stores, or the cluster's history [default: its usual port on this machine].
    #[arg(long, global = true, env = "CLOUDDATA_INFLUX_URL", value_name = "URL")]
    influx_url: Option<String>,
    /// Where it is written to, the first that works of several [default: influx_url].
    #[arg(long, global = true, env = "CLOUDDATA_INFLUX_WRITE_URLS", value_name = "URL,...")]
    influx_write_urls: Option<Urls>,
    /// Where it is read, the first that works of several [default: influx_url].
    #[arg(long, global = true, env = "CLOUDDATA_INFLUX_READ_URLS", value_name = "URL,...")]
    influx_read_urls: Option<Urls>,
    /// What engine it is [default: influxdb].
    #[arg(long, global = true, env = "CLOUDDATA_INFLUX_ENGINE", value_enum)]
    influx_engine: Option<EngineKind>,
    /// influx1: the database [default: grafana].
    #[arg(long, global = true, env = "CLOUDDATA_INFLUX_DATABASE", value_name = "NAME")]
    influx_database: Option<String>,
    /// influx1: the retention policy [default: twelve_h_only].
    #[arg(long, global = true, env = "CLOUDDATA_INFLUX_RETENTION_POLICY", value_name = "NAME")]
    influx_retention_policy: Option<String>,
    /// influx1: the same for health, links and events [default: network_thirty_d].
    #[arg(
        long,
        global = true,
        env = "CLOUDDATA_INFLUX_NETWORK_RETENTION_POLICY",
        value_name = "NAME"
    )]
    influx_network_retention_policy: Option<String>,
    /// influx1: the user; the password is in CLOUDDATA_INFLUX_PASSWORD or a file.
    #[arg(long, global = true, env = "CLOUDDATA_INFLUX_USERNAME", value_name = "NAME")]
    influx_username: Option<String>,
    /// influx1: file with the password.
    #[arg(long, global = true, env = "CLOUDDATA_INFLUX_PASSWORD_FILE", value_name = "FILE")]
    influx_password_file: Option<PathBuf>,
    /// influx2: the organisation.
    #[arg(long, global = true, env = "CLOUDDATA_INFLUX_ORG", value_name = "NAME")]
    influx_org: Option<String>,
    /// influx2: the bucket.
    #[arg(long, global = true, env = "CLOUDDATA_INFLUX_BUCKET", value_name = "NAME")]
    influx_bucket: Option<String>,
    /// influx2: the bucket of health, links and events [default: influx_bucket].
    #[arg(long, global = true, env = "CLOUDDATA_INFLUX_NETWORK_BUCKET", value_name = "NAME")]
    influx_network_bucket: Option<String>,
    /// influx2: file with the token, if not in CLOUDDATA_INFLUX_TOKEN.
    #[arg(long, global = true, env = "CLOUDDATA_INFLUX_TOKEN_FILE", value_name = "FILE")]
    influx_token_file: Option<PathBuf>,
    /// cluster: the NATS servers [default: nats://127.0.0.1:4222].
    #[arg(long, global = true, env = "CLOUDDATA_NATS_URLS", value_name = "URL,...")]
    nats_urls: Option<NatsUrls>,
    /// cluster: the user at NATS; the password is in CLOUDDATA_NATS_PASSWORD or a file.
    #[arg(long, global = true, env = "CLOUDDATA_NATS_USERNAME", value_name = "NAME")]
    nats_username: Option<String>,
    /// cluster: file with the password.
    #[arg(long, global = true, env = "CLOUDDATA_NATS_PASSWORD_FILE", value_name = "FILE")]
    nats_password_file: Option<PathBuf>,
    /// File with the tokens that clients need, a line "NAME: TOKEN" each; read again on SIGHUP.
    #[arg(long, global = true, env = "CLOUDDATA_TOKENS_FILE", value_name = "FILE")]
    tokens_file: Option<PathBuf>,
    /// Requests a second that one token or address may make [default: any number].
    #[arg(long, global = true, env = "CLOUDDATA_RATE_LIMIT", value_name = "N")]
    rate_limit: Option<NonZeroU32>,
    /// Most connections at a time [default: 1024].
    #[arg(long, global = true, env = "CLOUDDATA_MAX_CONNECTIONS", value_name = "N")]
    max_connections: Option<NonZeroU32>,
    /// Reverse proxies whose X-Forwarded-For is believed [default: those on this machine].
    #[arg(long, global = true, env = "CLOUDDATA_TRUSTED_PROXIES", value_name = "NET,...")]
    trusted_proxies: Option<Proxies>,
    /// Who is told what is wrong; only in the file.
    #[arg(skip)]
    #[serde(default)]
    webhook: Vec<WebhookSettings>,
    /// Where what is known of the motes is published; only in the file.
    #[arg(skip)]
    mqtt: Option<MqttSettings>,
    /// How log lines are written to standard error [default: text].
    #[arg(long, global = true, env = "CLOUDDATA_LOG_FORMAT", value_enum)]
    pub(super) log_format: Option<LogFormat>,
}

/// How long readings are kept: some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Retention(Duration);

impl FromStr for Retention {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        host::some_time(text).map(Self)
    }
}

impl TryFrom<String> for Retention {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl Settings {
    /// What the command line and the environment do not say is taken from the file.
    pub(super) fn load(self, file: Option<&Path>) -> anyhow::Result<Self> {
        let default = host::configuration_file(FILE);
        let path = file.unwrap_or(&default);
        if file.is_none() && !path.exists() {
            return Ok(self);
        }
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration {}", path.display()))?;
        let file: Self = toml::from_str(&text)
            .with_context(|| format!("the configuration {} is not valid", path.display()))?;
        Ok(self.or(file))
    }

    fn or(self, file: Self) -> Self {
        Self {
            listen: self.listen.or(file.listen),
            data_dir: self.data_dir.or(file.data_dir),
            retention: self.retention.or(file.retention),
            network_retention: self.network_retention.or(file.network_retention),
            max_motes: self.max_motes.or(file.max_motes),
            store: self.store.or(file.store),
            influx_url: self.influx_url.or(file.influx_url),
            influx_write_urls: self.influx_write_urls.or(file.influx_write_urls),
            influx_read_urls: self.influx_read_urls.or(file.influx_read_urls),
            influx_engine: self.influx_engine.or(file.influx_engine),
            influx_database: self.influx_database.or(file.influx_database),
            influx_retention_policy: self.influx_retention_policy.or(file.influx_retention_policy),
            influx_network_retention_policy: self
                .influx_network_retention_policy
                .or(file.influx_network_retention_policy),
            influx_username: self.influx_username.or(file.influx_username),
            influx_password_file: self.influx_password_file.or(file.influx_password_file),
            influx_org: self.influx_org.or(file.influx_org),
            influx_bucket: self.influx_bucket.or(file.influx_bucket),
            influx_network_bucket: self.influx_network_bucket.or(file.influx_network_bucket),
            influx_token_file: self.influx_token_file.or(file.influx_token_file),
            nats_urls: self.nats_urls.or(file.nats_urls),
            nats_username: self.nats_username.or(file.nats_username),
            nats_password_file: self.nats_password_file.or(file.nats_password_file),
            tokens_file: self.tokens_file.or(file.tokens_file),
            rate_limit: self.rate_limit.or(file.rate_limit),
            max_connections: self.max_connections.or(file.max_connections),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            webhook: file.webhook,
            mqtt: file.mqtt,
            log_format: self.log_format.or(file.log_format),
        }
    }

    /// What the settings come to.
    pub(super) fn config(&self) -> anyhow::Result<Config> {
        let data_dir = match &self.data_dir {
            Some(folder) => folder.clone(),
            None => host::state_folder(PROGRAM, "--data-dir")?,
        };
        let mut config = Config::new(data_dir);
        if let Some(ListenAddress(listen)) = self.listen {
            config.listen = listen;
        }
        if let Some(Retention(retention)) = self.retention {
            config.retention = retention;
        }
        if let Some(Retention(retention)) = self.network_retention {
            config.network_retention = retention;
        }
        if let Some(motes) = self.max_motes {
            config.max_motes = motes.get() as usize;
        }
        if let Some(connections) = self.max_connections {
            config.max_connections = connections.get() as usize;
        }
        if let Some(Proxies(proxies)) = &self.trusted_proxies {
            config.trusted_proxies = proxies.clone();
        }
        config.rate_limit = self.rate_limit;
        config.tokens = self.tokens()?;
        config.store = self.store()?;
        config.webhooks = self.webhooks()?;
        config.mqtt = self.mqtt()?;
        Ok(config)
    }

    /// The tokens that clients need, read anew.
    pub(super) fn tokens(&self) -> anyhow::Result<Tokens> {
        let file = self.tokens_file.clone().or_else(|| host::credential("tokens"));
        let Some(file) = file else {
            return Ok(Tokens::default());
        };
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read the tokens in {}", file.display()))?;
        let tokens: Tokens = text.parse().with_context(|| format!("in {}", file.display()))?;
        if tokens.is_empty() {
            bail!("there is no token in {}", file.display());
        }
        Ok(tokens)
    }
}

#[cfg(test)]
mod tests {
    use clouddata_server::StoreChoice;

    use super::*;

    #[test]
    fn the_template_has_every_setting_and_the_defaults() {
        let uncommented: String = TEMPLATE
            .lines()
            .filter_map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')))
            .flat_map(|line| [line, "\n"])
            .collect();
        let settings: Settings = toml::from_str(&uncommented).unwrap();
        let with_data_dir = Settings { data_dir: settings.data_dir.clone(), ..Settings::default() };
        let (from_template, defaults) =
            (settings.config().unwrap(), with_data_dir.config().unwrap());
        assert_eq!(from_template.listen, defaults.listen);
        assert_eq!(from_template.retention, defaults.retention);
        assert_eq!(from_template.network_retention, defaults.network_retention);
        assert_eq!(from_template.max_motes, defaults.max_motes);
        assert_eq!(from_template.max_connections, defaults.max_connections);
        assert_eq!(from_template.trusted_proxies, defaults.trusted_proxies);
        assert!(matches!(from_template.store, StoreChoice::Embedded));
        let mentioned = |name: &str| {
            [format!("{name} = "), format!("[{name}]")].iter().any(|text| TEMPLATE.contains(text))
        };
        let debug = format!("{settings:?}");
        let names = debug.split([' ', '{']).filter_map(|word| word.strip_suffix(':'));
        for name in names {
            assert!(mentioned(name), "{name} is not in the template");
        }
    }

    #[test]
    fn a_wrong_file_is_an_error_that_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.toml");
        for (text, cause) in [
            ("lisen = \"127.0.0.1:80\"", "unknown field `lisen`"),
            ("retention = \"soon\"", "write it as"),
            ("store = \"oracle\"", "unknown variant"),
            ("trusted_proxies = [\"10.0.0.0/8\", \"10.0.0.0/99\"]", "10.0.0.0/99"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Settings::default().load(Some(&path)).unwrap_err();
            let text = format!("{error:#}");
            assert!(text.contains("server.toml") && text.contains(cause), "{text}");
        }
        assert!(Settings::default().load(Some(&folder.path().join("absent"))).is_err());
    }

    #[test]
    fn the_command_line_comes_before_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.toml");
        std::fs::write(&path, "retention = \"1h\"\ndata_dir = \"/a\"\nrate_limit = 7").unwrap();
        let line = Settings { retention: Some("2h".parse().unwrap()), ..Settings::default() };
        let config = line.load(Some(&path)).unwrap().config().unwrap();
        assert_eq!(config.retention.as_secs(), 7200);
        assert_eq!(config.rate_limit, NonZeroU32::new(7));
        assert_eq!(config.data_dir, Path::new("/a"));
    }
}
