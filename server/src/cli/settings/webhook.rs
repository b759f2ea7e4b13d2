use std::path::PathBuf;

use anyhow::{Context, anyhow, ensure};
use clouddata_server::{Event, WebhookConfig};
use serde::Deserialize;

use super::Settings;

/// One `[[webhook]]` of the file.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookSettings {
    url: String,
    secret_file: Option<PathBuf>,
    token_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    events: Option<Vec<Event>>,
}

impl core::fmt::Debug for WebhookSettings {
    /// Without the address, which may hold secrets.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("WebhookSettings").field("events", &self.events).finish_non_exhaustive()
    }
}

impl Settings {
    /// Who is told what is wrong.
    pub(super) fn webhooks(&self) -> anyhow::Result<Vec<WebhookConfig>> {
        self.webhook
            .iter()
            .enumerate()
            .map(|(index, webhook)| {
                webhook.config().with_context(|| format!("[[webhook]] number {}", index + 1))
            })
            .collect()
    }
}

impl WebhookSettings {
    fn config(&self) -> anyhow::Result<WebhookConfig> {
        WebhookConfig::check_url(&self.url).map_err(|reason| anyhow!(reason))?;
        let events = self.events.clone().unwrap_or_else(|| Event::DEFAULT.to_vec());
        ensure!(!events.is_empty(), "events is empty: nothing would be told");
        Ok(WebhookConfig {
            url: self.url.clone(),
            secret: read(&self.secret_file)?,
            token: read(&self.token_file)?,
            events,
            ca_file: self.ca_file.clone(),
        })
    }
}

fn read(file: &Option<PathBuf>) -> anyhow::Result<Option<String>> {
    let Some(file) = file else { return Ok(None) };
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the secret in {}", file.display()))?;
    let secret = text.trim();
    ensure!(!secret.is_empty(), "the secret in {} is empty", file.display());
    Ok(Some(secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhooks(text: &str) -> Result<Vec<WebhookConfig>, String> {
        let settings: Settings = toml::from_str(text).map_err(|error| error.to_string())?;
        settings.webhooks().map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn each_has_its_secrets_in_files_and_its_events() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, " s3cret\n").unwrap();
        let found = webhooks(&format!(
            "[[webhook]]\nurl = \"https://a.example/x?y=z\"\nsecret_file = {secret:?}\n\
             [[webhook]]\nurl = \"http://b.example\"\nevents = [\"mote_late\"]\n"
        ));
        let found = found.unwrap();
        assert_eq!(found[0].secret.as_deref(), Some("s3cret"));
        assert_eq!(found[0].events, Event::DEFAULT);
        assert_eq!(found[1].events, [Event::MoteLate]);
        assert_eq!(found[1].secret, None);
    }

    #[test]
    fn what_is_wrong_is_named_and_no_secret_shown() {
        for (text, named) in [
            ("url = \"https://user:s3cret@a.example\"", "url"),
            ("url = \"s3cret\"", "url"),
            ("url = \"https://a.example/s3cret\"\nsecret_file = \"/nowhere\"", "/nowhere"),
            ("url = \"https://a.example/s3cret\"\nevents = []", "events"),
        ] {
            let error = webhooks(&format!("[[webhook]]\n{text}\n")).unwrap_err();
            assert!(error.contains(named) && error.contains("number 1"), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
        assert!(webhooks("[[webhook]]\nurl = \"https://a.example\"\nevents = [\"x\"]").is_err());
    }
}
