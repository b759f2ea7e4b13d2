use std::path::PathBuf;

use anyhow::{Context, anyhow, ensure};
use clouddata_server::MqttConfig;
use serde::Deserialize;

use super::Settings;
use super::secret::secret;

/// The `[mqtt]` of the file.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MqttSettings {
    url: String,
    username: Option<String>,
    password_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    client_id: Option<String>,
    topic: Option<String>,
    home_assistant: Option<String>,
    max_motes: Option<usize>,
    quantities: Option<Vec<String>>,
}

impl core::fmt::Debug for MqttSettings {
    /// Without the address, which may hold a password by mistake.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MqttSettings").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl Settings {
    /// Where what is known of the motes is published.
    pub(super) fn mqtt(&self) -> anyhow::Result<Option<MqttConfig>> {
        self.mqtt.as_ref().map(MqttSettings::config).transpose().context("[mqtt]")
    }
}

impl MqttSettings {
    fn config(&self) -> anyhow::Result<MqttConfig> {
        let mut config = MqttConfig::new(&self.url).map_err(|reason| anyhow!(reason))?;
        ensure!(
            config.is_secure || self.ca_file.is_none(),
            "ca_file is for TLS; write the url as mqtts://HOST"
        );
        config.ca_file.clone_from(&self.ca_file);
        config.username.clone_from(&self.username);
        config.password = secret("mqtt_password", "MQTT_PASSWORD", &self.password_file)?;
        ensure!(
            config.password.is_none() || config.username.is_some(),
            "there is a password; set username too"
        );
        ensure!(config.password.as_deref() != Some(""), "the password is empty");
        config.client_id.clone_from(&self.client_id);
        ensure!(
            config.client_id.as_deref() != Some(""),
            "client_id is empty; leave it out for one made of the topic"
        );
        if let Some(topic) = &self.topic {
            config.topic = topic.parse().map_err(|reason| anyhow!("topic is {reason}"))?;
        }
        if let Some(prefix) = &self.home_assistant {
            config.home_assistant = Some(prefix.clone()).filter(|prefix| !prefix.is_empty());
            if !prefix.is_empty() {
                MqttConfig::check_prefix(prefix)
                    .map_err(|reason| anyhow!("home_assistant is {reason}"))?;
            }
        }
        if let Some(motes) = self.max_motes {
            let most = MqttConfig::MOST_MOTES;
            ensure!((1..=most).contains(&motes), "max_motes is not from 1 to {most}");
            config.max_motes = motes;
        }
        if let Some(names) = &self.quantities {
            let quantity = |name: &String| {
                name.parse().map_err(|_| {
                    anyhow!("quantities: there is no {name:?}; /api/v1/quantities has their names")
                })
            };
            config.quantities = names.iter().map(quantity).collect::<anyhow::Result<_>>()?;
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mqtt(text: &str) -> Result<MqttConfig, String> {
        let text = format!("[mqtt]\n{text}\n");
        let settings: Settings = toml::from_str(&text).map_err(|error| error.to_string())?;
        settings.mqtt().map(Option::unwrap).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn an_address_is_enough_and_everything_can_be_set() {
        let least = mqtt("url = \"mqtt://broker\"").unwrap();
        assert_eq!(least, MqttConfig::new("mqtt://broker").unwrap());
        let folder = tempfile::tempdir().unwrap();
        let password_file = folder.path().join("password");
        std::fs::write(&password_file, " s3cret\n").unwrap();
        let all = mqtt(&format!(
            "url = \"mqtts://broker:1\"\nusername = \"ada\"\npassword_file = {password_file:?}\nca_file = \"/ca\"\n\
             client_id = \"me\"\ntopic = \"a/{{mac}}/b\"\nhome_assistant = \"\"\nmax_motes = 7\nquantities = [\"charge\"]"
        ))
        .unwrap();
        assert_eq!((all.password.as_deref(), all.port, all.is_secure), (Some("s3cret"), 1, true));
        assert_eq!(
            (all.topic.to_string().as_str(), all.home_assistant, all.max_motes),
            ("a/{mac}/b", None, 7)
        );
        assert_eq!(all.quantities, [readings::Quantity::CHARGE]);
    }

    #[test]
    fn what_is_wrong_is_named_and_no_password_shown() {
        for (text, named) in [
            ("url = \"mqtt://ada:s3cret@broker\"", "username"),
            ("url = \"http://broker\"", "mqtts://"),
            ("url = \"mqtt://a\"\npassword_file = \"/nowhere\"\nusername = \"a\"", "/nowhere"),
            ("url = \"mqtt://a\"\npassword_file = \"/dev/null\"\nusername = \"a\"", "empty"),
            ("url = \"mqtt://a\"\nca_file = \"/ca\"", "mqtts://"),
            ("url = \"mqtt://a\"\ntopic = \"clouddata\"", "topic"),
            ("url = \"mqtt://a\"\nhome_assistant = \"a/#\"", "home_assistant"),
            ("url = \"mqtt://a\"\nmax_motes = 10001", "max_motes"),
            ("url = \"mqtt://a\"\nquantities = [\"humidity\"]", "humidity"),
            ("url = \"mqtt://a\"\nuser = \"a\"", "unknown field"),
        ] {
            let error = mqtt(text).unwrap_err();
            assert!(error.contains(named) && !error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn what_the_template_shows_is_right() {
        let example = super::super::TEMPLATE.split_once("# [mqtt]\n").unwrap().1;
        let example = example.split_once("\n\n").unwrap().0.replace("\n# ", "\n");
        let example: String = example
            .trim_start_matches("# ")
            .lines()
            .filter(|line| !line.contains("_file"))
            .flat_map(|line| [line, "\n"])
            .collect();
        let (found, defaults) =
            (mqtt(&example).unwrap(), MqttConfig::new("mqtt://127.0.0.1").unwrap());
        assert_eq!(
            (found.topic, found.home_assistant, found.max_motes),
            (defaults.topic, defaults.home_assistant, defaults.max_motes)
        );
        assert_eq!(found.client_id.as_deref(), Some("clouddata-server"));
    }
}
