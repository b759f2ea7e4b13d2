use std::path::PathBuf;

use ring::digest;
use serde::Deserialize;
use ureq::http::Uri;

use crate::state::Trouble;

/// Somebody who is told what is wrong.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookConfig {
    /// `http://…` or `https://…`. It may hold secrets, so only its beginning is ever shown.
    pub url: String,
    /// What a notice is signed with; none: it is not.
    pub secret: Option<String>,
    /// Sent as `Authorization: Bearer …`, if the other side wants one.
    pub token: Option<String>,
    /// Of what it is told.
    pub events: Vec<Event>,
    /// A file with the certificate authorities that vouch for the other side, in PEM; none: those
    /// that browsers know.
    pub ca_file: Option<PathBuf>,
}

/// What a webhook can be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A gateway is not in touch any more.
    GatewayAway,
    /// A gateway is in touch, but has no manager.
    ManagerAway,
    /// A mote has missed ten reports, and its gateway is not to blame.
    MoteSilent,
    /// A mote has missed three.
    MoteLate,
}

impl Event {
    /// What a webhook is told of unless it asks for something else.
    pub const DEFAULT: [Self; 3] = [Self::GatewayAway, Self::ManagerAway, Self::MoteSilent];

    pub(super) const fn of(trouble: Trouble) -> Self {
        match trouble {
            Trouble::GatewayAway => Self::GatewayAway,
            Trouble::ManagerAway => Self::ManagerAway,
            Trouble::MoteSilent => Self::MoteSilent,
            Trouble::MoteLate => Self::MoteLate,
        }
    }
}

impl WebhookConfig {
    /// Whether the address can be used.
    ///
    /// # Errors
    /// A sentence that says what is expected, and never what was found.
    pub fn check_url(url: &str) -> Result<(), String> {
        let expected = || "url is no address; write it as https://HOST/PATH".to_owned();
        let uri: Uri = url.parse().map_err(|_| expected())?;
        let host = uri.host().is_some_and(|host| !host.is_empty());
        if !host || !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(expected());
        }
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(
                "url has a user or a password in it; put a token into token_file".to_owned()
            );
        }
        Ok(())
    }

    /// The address without what may be secret.
    #[must_use]
    pub fn origin(&self) -> String {
        let uri: Option<Uri> = self.url.parse().ok();
        uri.and_then(|uri| Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?)))
            .unwrap_or_default()
    }

    /// Its name in the file of notices, which is to hold no secrets either.
    pub(super) fn key(&self) -> String {
        let hash = digest::digest(&digest::SHA256, self.url.as_bytes());
        hash.as_ref().iter().take(8).map(|octet| format!("{octet:02x}")).collect()
    }
}

impl core::fmt::Debug for WebhookConfig {
    /// Without the secrets.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("WebhookConfig")
            .field("url", &self.origin())
            .field("signed", &self.secret.is_some())
            .field("events", &self.events)
            .field("ca_file", &self.ca_file)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_may_be_secret_is_shown() {
        let config = WebhookConfig {
            url: "https://ntfy.example/secret-topic?auth=secret".to_owned(),
            secret: Some("secret".to_owned()),
            token: Some("secret".to_owned()),
            events: Event::DEFAULT.to_vec(),
            ca_file: None,
        };
        let shown = format!("{config:?}");
        assert!(shown.contains("https://ntfy.example\"") && !shown.contains("secret"), "{shown}");
        assert_eq!(config.key().len(), 16);
        for url in ["https://secret:secret@ntfy.example", "ftp://secret", "secret", "https://"] {
            let error = WebhookConfig::check_url(url).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
        assert_eq!(WebhookConfig::check_url(&config.url), Ok(()));
    }
}
