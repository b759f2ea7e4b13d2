//! The settings in force, as a configuration file.

use core::fmt::Display;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clouddata_server::{ClusterConfig, Config, Protocol, StoreChoice};
use host::SettingLines;

use super::{Settings, StoreKind};

impl Settings {
    /// What the settings come to, which is `config`, with its defaults and without its secrets.
    pub(in crate::cli) fn effective(&self, config: &Config) -> SettingLines {
        let mut lines = SettingLines::default();
        lines.remark("The configuration is valid:");
        lines.text("listen", config.listen);
        lines.text("data_dir", config.data_dir.display());
        lines.text("retention", humantime::format_duration(config.retention));
        lines.text("network_retention", humantime::format_duration(config.network_retention));
        lines.number("max_motes", config.max_motes);
        lines.text("store", name(self.store.unwrap_or(StoreKind::Embedded)));
        self.add_engine(&mut lines, &config.store);
        let tokens_file = self.tokens_file.as_deref().map(Path::display);
        lines.text_or("tokens_file", tokens_file, "none is named");
        if config.tokens.is_empty() {
            lines.remark("no token is needed: everyone may send readings");
        } else {
            let names: Vec<&str> = config.tokens.names().collect();
            lines.remark(format_args!("tokens = (hidden), of {}", names.join(", ")));
        }
        match config.rate_limit {
            Some(limit) => lines.number("rate_limit", limit),
            None => lines.remark("rate_limit is not set: any number of requests"),
        }
        lines.number("max_connections", config.max_connections);
        lines.number("trusted_proxies", list(config.trusted_proxies.networks()));
        for (index, webhook) in config.webhooks.iter().enumerate() {
            let signed = if webhook.secret.is_some() { "signed" } else { "not signed" };
            let (number, origin) = (index + 1, webhook.origin());
            lines.remark(format_args!("[[webhook]] number {number}: {origin}/(hidden), {signed}"));
        }
        if let Some(mqtt) = &config.mqtt {
            let (address, topic) = (mqtt.address(), &mqtt.topic);
            let user = mqtt.username.as_deref().unwrap_or("nobody");
            let password = if mqtt.password.is_some() { "(hidden)" } else { "none" };
            lines
                .remark(format_args!("[mqtt]: {address}, {topic}, as {user}, password {password}"));
        }
        lines.text("log_format", name(self.log_format.unwrap_or_default()));
        lines
    }

    fn add_engine(&self, lines: &mut SettingLines, store: &StoreChoice) {
        let influx = match store {
            StoreChoice::Embedded => return,
            StoreChoice::Influx(influx) => influx,
            StoreChoice::Cluster(cluster) => {
                self.add_cluster(lines, cluster);
                &cluster.history
            }
        };
        lines.text("influx_url", &influx.url);
        for (setting, urls) in
            [("influx_write_urls", &influx.write_urls), ("influx_read_urls", &influx.read_urls)]
        {
            if urls.is_empty() {
                lines.text_or(setting, None::<&str>, "it is influx_url");
            } else {
                lines.number(setting, list(urls));
            }
        }
        lines.text("influx_engine", name(self.engine()));
        let file = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        match &influx.protocol {
            Protocol::V1 { database, retention_policy, network_retention_policy, credentials } => {
                lines.text("influx_database", database);
                lines.text("influx_retention_policy", retention_policy);
                lines.text("influx_network_retention_policy", network_retention_policy);
                let username = credentials.as_ref().map(|(username, _)| username);
                lines.text_or("influx_username", username, "the engine is asked without one");
                let password_file = file(&self.influx_password_file);
                lines.text_or("influx_password_file", password_file, "none is named");
                if credentials.is_some() {
                    lines.remark("influx_password = (hidden)");
                }
            }
            Protocol::V2 { org, bucket, network_bucket, token } => {
                lines.text("influx_org", org);
                lines.text("influx_bucket", bucket);
                let same = "they are in the same bucket";
                lines.text_or("influx_network_bucket", network_bucket.as_ref(), same);
                let token_file = file(&self.influx_token_file);
                lines.text_or("influx_token_file", token_file, "none is named");
                if token.is_some() {
                    lines.remark("influx_token = (hidden)");
                }
            }
        }
    }
}

impl Settings {
    fn add_cluster(&self, lines: &mut SettingLines, cluster: &ClusterConfig) {
        lines.number("nats_urls", list(&cluster.nats_urls));
        let username = cluster.nats_credentials.as_ref().map(|(username, _)| username);
        lines.text_or("nats_username", username, "NATS is asked without one");
        let file = self.nats_password_file.as_ref().map(|path| path.display().to_string());
        lines.text_or("nats_password_file", file, "none is named");
        if cluster.nats_credentials.is_some() {
            lines.remark("nats_password = (hidden)");
        }
    }
}

/// An array of texts that have no quotes in them.
fn list(texts: impl IntoIterator<Item = impl Display>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| format!("\"{text}\"")).collect();
    format!("[{}]", texts.join(", "))
}

/// What a value is called in the file.
fn name(value: impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::TEMPLATE;
    use super::*;

    #[test]
    fn every_setting_of_the_template_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let password = folder.path().join("password");
        std::fs::write(&password, "s3cret").unwrap();
        let engines = [
            "store = \"influx1\"\ninflux_read_urls = [\"http://a\", \"http://b\"]\ninflux_username = \"ada\"\ninflux_password_file = ",
            "store = \"cluster\"\nnats_username = \"ada\"\nnats_password_file = ",
            "store = \"influx2\"\ninflux_org = \"home\"\ninflux_bucket = \"b\"\ninflux_token_file = ",
        ];
        let mut shown = String::new();
        for engine in engines {
            let text = format!("data_dir = \"/a\"\n{engine}{password:?}\n");
            let settings: Settings = toml::from_str(&text).unwrap();
            let config = settings.config().unwrap();
            let lines = settings.effective(&config).to_string();
            let again: Settings = toml::from_str(&lines).unwrap();
            assert_eq!(again.effective(&config).to_string(), lines, "it is a file of settings");
            shown += &lines;
        }
        assert!(!shown.contains("s3cret"), "{shown}");
        // What is in tables is shown as remarks: addresses of webhooks are secrets.
        let names = TEMPLATE
            .lines()
            .take_while(|line| !line.contains("[mqtt]"))
            .filter_map(|line| line.trim_start_matches(['#', ' ']).split_once(" = "))
            .map(|(name, _)| name)
            .filter(|name| !name.contains(' '));
        for name in names {
            let told = [format!("{name} = "), format!("# {name} is not set: ")];
            let is_told = |line: &str| told.iter().any(|told| line.starts_with(told));
            assert!(shown.lines().any(is_told), "{name}: {shown}");
        }
    }
}
