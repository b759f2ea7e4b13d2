mod effective;

use core::convert::Infallible;
use core::fmt;
use core::str::FromStr;
use core::time::Duration;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use host::{Failure, ListenAddress, NoStateFolder, exit};
use serde::{Deserialize, Deserializer, de};
use thiserror::Error;

use super::PROGRAM;
use super::port_folder::port_folder;
use crate::extras::Extra;
use crate::port::{EXAMPLE, PortChoice};
use crate::{
    Config, ParseServerUrlError, PostFormat, Proxy, ProxyError, ServerUrl, Token, TokenError,
};

/// The configuration's name, where it is read from if none is named and there is one.
pub(super) const FILE: &str = "gateway.toml";

/// Where readings are posted by default: a server on the same machine.
const DEFAULT_SERVER: &str = "http://127.0.0.1:8080";

const MIB: u64 = 1024 * 1024;

/// The command line's options: a configuration file, and what goes before what it says.
#[derive(Args, Clone, Debug, Default)]
pub struct RunArgs {
    #[arg(long, value_name = "FILE", env = "CLOUDDATA_CONFIG",
          help = format!("The configuration file. Default: {} if there is one",
                         host::configuration_file(FILE).display()))]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

/// What may be said on the command line, in the environment and in the configuration file, in
/// that order, under the same names.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[arg(long, value_name = "PORT", env = "CLOUDDATA_PORT",
          help = format!("The manager's port: its name, such as {EXAMPLE}, or usb:serial=... with \
                          its board's USB serial number, or tcp:HOST:PORT where a ser2net, say, \
                          serves it. Default: the one port that says it is a manager's serial \
                          API, or on which one is heard"))]
    port: Option<PortChoice>,
    /// Where readings are posted. Default: http://127.0.0.1:8080. If it is another machine, and
    /// the environment has HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, by that proxy, unless it is in
    /// NO_PROXY.
    #[arg(long, value_name = "URL", env = "CLOUDDATA_SERVER", hide_env_values = true)]
    server: Option<Address>,
    /// How readings are posted: `batch`, or `single` for the existing Python server, which gets
    /// one a request and without its time. Default: batch
    #[arg(long, value_enum, env = "CLOUDDATA_POST_FORMAT")]
    post_format: Option<PostFormat>,
    /// A file with the token that the server wants. It may also be in the environment variable
    /// CLOUDDATA_TOKEN or the systemd credential `token`.
    #[arg(long, value_name = "FILE", env = "CLOUDDATA_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// Send the token even where it can be read on its way: by plain http to another machine.
    #[arg(long, value_name = "YES", num_args = 0..=1, default_missing_value = "true",
          env = "CLOUDDATA_ALLOW_TOKEN_OVER_HTTP")]
    allow_token_over_http: Option<bool>,
    /// The certificate authorities, in PEM, by which an https server is known. Default: the
    /// system's.
    #[arg(long, value_name = "FILE", env = "CLOUDDATA_CA_FILE")]
    ca_file: Option<PathBuf>,
    #[arg(long, value_name = "DIR", env = "CLOUDDATA_STATE_DIR",
          help = format!("Where the spool lives; one gateway at a time uses it. Default: {}; in \
                          there a folder named after --port where another gateway has that",
                         host::state_folder_for_people(PROGRAM)))]
    state_dir: Option<PathBuf>,
    /// Largest size of the spool in MiB; when it is full the oldest records make room.
    /// Default: 64
    #[arg(long, value_name = "MIB", env = "CLOUDDATA_SPOOL_LIMIT",
          value_parser = clap::value_parser!(u64).range(1..=MIB))]
    spool_limit: Option<u64>,
    /// How long the server may take to store a reading before it goes to the spool. Shorter than a
    /// manager waits for an acknowledgement before it gives the session up. Default: 2s
    #[arg(long, value_name = "TIME", env = "CLOUDDATA_DIRECT_WINDOW")]
    direct_window: Option<Time>,
    /// What else is taken of what the manager sends: `userData`, what motes send to other ports
    /// than OAP's, and `ipData`, packets that are not plain UDP, as events with their octets; `log`,
    /// lines of motes' logs, into this log. Several with commas between. Default: none
    #[arg(
        long,
        value_name = "EXTRA,…",
        value_enum,
        value_delimiter = ',',
        env = "CLOUDDATA_EXTRAS"
    )]
    extras: Option<Vec<Extra>>,
    /// Where to serve metrics for Prometheus, such as 127.0.0.1:9464. Default: nowhere
    #[arg(long, value_name = "ADDR:PORT", env = "CLOUDDATA_METRICS_LISTEN")]
    metrics_listen: Option<ListenAddress>,
}

/// The settings cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The configuration file cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Unreadable {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The configuration file is not understood.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Where it is.
        path: PathBuf,
        /// What is wrong, and where.
        source: Box<toml::de::Error>,
    },
    /// The spool's limit is out of range.
    #[error("spool_limit is {found} MiB; expected 1 to {MIB}")]
    SpoolLimit {
        /// What was asked for.
        found: u64,
    },
    /// There is nowhere to keep the spool.
    #[error(transparent)]
    StateFolder(#[from] NoStateFolder),
    /// The server's address is none.
    #[error("server: {0}")]
    Server(#[from] ParseServerUrlError),
    /// The one on the command line, or in the environment, is none.
    #[error("--server: {0}")]
    ServerArgument(ParseServerUrlError),
    /// The proxy is none.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The token cannot be had.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token would be sent where it can be read.
    #[error(
        "the token could be read on its way to {server}: use https, or say \
         --allow-token-over-http"
    )]
    TokenOverHttp {
        /// Where it would be sent.
        server: ServerUrl,
    },
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        let code = match error {
            SettingsError::ServerArgument(_) => exit::USAGE,
            _ => exit::CONFIGURATION,
        };
        Self::new(code, error)
    }
}

impl RunArgs {
    /// The configuration that command line, environment, file and defaults make, in this order.
    ///
    /// # Errors
    /// If one of them cannot be used.
    pub fn config(&self) -> Result<Config, SettingsError> {
        self.settings()?.config()
    }

    /// The same for a command that keeps no state: that needs no folder.
    pub(super) fn stateless_config(&self) -> Result<Config, SettingsError> {
        let settings = self.settings()?;
        let state_dir = Some(settings.state_dir.clone().unwrap_or_default());
        Settings { state_dir, ..settings }.config()
    }

    /// Another folder than the default one, which is in use: that of the port.
    pub(super) fn folder_of_the_port(&self, config: &Config) -> Option<PathBuf> {
        if self.settings().ok()?.state_dir.is_some() {
            return None;
        }
        let own = port_folder(&config.state_dir, &config.port)?;
        let is_default = host::state_folder(PROGRAM, "--state-dir") == Ok(config.state_dir.clone());
        is_default.then_some(own)
    }

    fn settings(&self) -> Result<Settings, SettingsError> {
        if let Some(Address(text)) = &self.settings.server {
            text.parse::<ServerUrl>().map_err(SettingsError::ServerArgument)?;
        }
        let file = match &self.config {
            Some(path) => Settings::read(path)?,
            None => match host::configuration_file(FILE) {
                default if default.exists() => Settings::read(&default)?,
                _ => Settings::default(),
            },
        };
        Ok(self.settings.clone().or(file))
    }
}

impl Settings {
    fn read(path: &Path) -> Result<Self, SettingsError> {
        let path = || path.to_owned();
        let text = fs::read_to_string(path())
            .map_err(|source| SettingsError::Unreadable { path: path(), source })?;
        toml::from_str(&text)
            .map_err(|source| SettingsError::File { path: path(), source: Box::new(source) })
    }

    fn or(self, other: Self) -> Self {
        Self {
            port: self.port.or(other.port),
            server: self.server.or(other.server),
            post_format: self.post_format.or(other.post_format),
            token_file: self.token_file.or(other.token_file),
            allow_token_over_http: self.allow_token_over_http.or(other.allow_token_over_http),
            ca_file: self.ca_file.or(other.ca_file),
            state_dir: self.state_dir.or(other.state_dir),
            spool_limit: self.spool_limit.or(other.spool_limit),
            direct_window: self.direct_window.or(other.direct_window),
            extras: self.extras.or(other.extras),
            metrics_listen: self.metrics_listen.or(other.metrics_listen),
        }
    }

    fn config(self) -> Result<Config, SettingsError> {
        let port = self.port.unwrap_or_default();
        let server = self.server.unwrap_or_else(|| Address(DEFAULT_SERVER.to_owned()));
        let server: ServerUrl = server.0.parse()?;
        let environment = |name: &str| Some(host::variable(name)?.to_string_lossy().into_owned());
        let proxy = Proxy::find(&server, environment)?;
        let state_dir = match self.state_dir {
            Some(folder) => folder,
            None => {
                let default = host::state_folder(PROGRAM, "--state-dir")?;
                let own = port_folder(&default, &port).filter(|own| own.is_dir());
                own.unwrap_or(default)
            }
        };
        let token = Token::find(self.token_file.as_deref())?;
        let allowed = self.allow_token_over_http.unwrap_or(false);
        if token.is_some() && !allowed && server.is_readable_on_the_way() {
            return Err(SettingsError::TokenOverHttp { server });
        }
        let mut config = Config::new(port, server, state_dir);
        config.proxy = proxy;
        if let Some(found) = self.spool_limit {
            if !(1..=MIB).contains(&found) {
                return Err(SettingsError::SpoolLimit { found });
            }
            config.spool_limit = found * MIB;
        }
        if let Some(Time(direct_window)) = self.direct_window {
            config.direct_window = direct_window;
        }
        config.post_format = self.post_format.unwrap_or_default();
        config.token = token;
        config.ca_file = self.ca_file;
        config.extras = self.extras.into_iter().flatten().collect();
        config.metrics_listen = self.metrics_listen.map(|ListenAddress(address)| address);
        Ok(config)
    }
}

/// A server's address as it was given. It is understood later than other settings, because clap
/// and toml repeat what they cannot use, and people write passwords into addresses.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
struct Address(String);

impl FromStr for Address {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

/// A time with its unit, such as `150ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Time(Duration);

impl FromStr for Time {
    type Err = humantime::DurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        humantime::parse_duration(text).map(Self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl ValueEnum for PostFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Batch, Self::Single]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

impl ValueEnum for Extra {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::TEMPLATE;

    /// The template with its settings, all of which are commented out, put in force.
    fn uncommented() -> String {
        let setting =
            |line: &str| line.strip_prefix('#').is_some_and(|rest| !rest.starts_with(' '));
        TEMPLATE.lines().map(|line| format!("{}\n", &line[usize::from(setting(line))..])).collect()
    }

    #[test]
    fn the_template_changes_nothing() {
        assert_eq!(toml::from_str(TEMPLATE), Ok(Settings::default()));
    }

    #[test]
    fn what_the_template_shows_is_the_defaults() {
        let shown: Settings = toml::from_str(&uncommented()).unwrap();
        // These have no default that a file could say: they are shown as examples.
        let examples = Settings {
            port: shown.port.clone(),
            token_file: shown.token_file.clone(),
            ca_file: shown.ca_file.clone(),
            metrics_listen: shown.metrics_listen,
            state_dir: shown.state_dir.clone(),
            ..Settings::default()
        };
        assert!(examples.port.is_some() && examples.token_file.is_some());
        assert!(examples.ca_file.is_some() && examples.metrics_listen.is_some());
        assert_eq!(examples.state_dir, Some("/var/lib/clouddata-gateway".into()));
        let defaults = Settings { token_file: None, ..examples.clone() }.config().unwrap();
        assert_eq!(Settings { token_file: None, ..shown }.config().unwrap(), defaults);
    }

    #[test]
    fn the_command_line_goes_before_the_file() {
        let file: Settings = toml::from_str("spool_limit = 1\nport = 'file'").unwrap();
        let line = Settings { port: Some("line".parse().unwrap()), ..Settings::default() };
        let config = line.or(file).config().unwrap();
        assert_eq!(config.port, PortChoice::Named("line".to_owned()));
        assert_eq!(config.spool_limit, MIB);
    }

    #[test]
    fn a_file_that_is_not_understood_names_the_setting() {
        for (text, named) in [
            ("sever = 'x'", "sever"),
            ("direct_window = 'soon'", "direct_window"),
            ("spool_limit = -1", "spool_limit"),
            ("port = 'tcp:host'", "tcp:host is no port: expected tcp:HOST:PORT"),
        ] {
            let error = toml::from_str::<Settings>(text).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
        let error = Settings { spool_limit: Some(0), ..Settings::default() }.config().unwrap_err();
        assert!(error.to_string().contains("spool_limit is 0"), "{error}");
        let settings: Settings = toml::from_str("server = 'example.org'").unwrap();
        let error = settings.config().unwrap_err().to_string();
        assert!(error.contains("server: it lacks http://"), "{error}");
    }

    #[test]
    fn a_token_is_not_sent_where_it_can_be_read() {
        let directory = tempfile::TempDir::new().unwrap();
        let token_file = Some(directory.path().join("token"));
        fs::write(token_file.as_ref().unwrap(), "s3cret").unwrap();
        let settings = |server: &str, allow_token_over_http| Settings {
            server: Some(Address(server.to_owned())),
            token_file: token_file.clone(),
            allow_token_over_http,
            ..Settings::default()
        };
        let error = settings("http://example.org", None).config().unwrap_err();
        assert!(matches!(error, SettingsError::TokenOverHttp { .. }), "{error}");
        for (server, allowed) in [
            ("https://example.org", None),
            ("http://127.0.0.1", None),
            ("http://example.org", Some(true)),
        ] {
            assert!(settings(server, allowed).config().unwrap().token.is_some(), "{server}");
        }
    }
}
