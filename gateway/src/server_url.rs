use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, de};
use thiserror::Error;
use ureq::http::Uri;

/// Where readings are posted: `http://HOST[:PORT]/api/v1/oap`, or `https`.
///
/// Without a path it is the public one of the HTTP contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUrl(Uri);

impl ServerUrl {
    pub(crate) const fn uri(&self) -> &Uri {
        &self.0
    }

    /// The host's name or address.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host().unwrap_or_default()
    }

    /// Whether what is posted there can be read on its way: plain http to another machine.
    #[must_use]
    pub fn is_readable_on_the_way(&self) -> bool {
        let host = self.host().trim_matches(['[', ']']);
        let is_loopback =
            host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        !is_loopback && self.0.scheme_str() != Some("https")
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not an address to post to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{reason}; expected something like http://example.org/api/v1/oap")]
pub struct ParseServerUrlError {
    reason: String,
}

impl FromStr for ServerUrl {
    type Err = ParseServerUrlError;

    fn from_str(text: &str) -> Result<Self, ParseServerUrlError> {
        let fault = |reason: String| ParseServerUrlError { reason };
        let parse = |text: &str| -> Result<Uri, _> {
            text.parse().map_err(|error| fault(format!("not a URL: {error}")))
        };
        let uri = parse(text)?;
        match uri.scheme_str() {
            Some("http" | "https") => {}
            Some(other) => return Err(fault(format!("{other} is neither http nor https"))),
            None => return Err(fault("it lacks http:// or https://".to_owned())),
        }
        if uri.host().is_none_or(str::is_empty) {
            return Err(fault("it lacks a host".to_owned()));
        }
        match uri.path() {
            "" | "/" => {
                let text = format!("{}{}", text.trim_end_matches('/'), readings::INGEST_PATHS[0]);
                parse(&text).map(Self)
            }
            _ => Ok(Self(uri)),
        }
    }
}

impl<'de> Deserialize<'de> for ServerUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_defaults_to_the_contracts() {
        for (text, full) in [
            ("http://example.org", "http://example.org/api/v1/oap"),
            ("http://example.org/", "http://example.org/api/v1/oap"),
            ("https://[::1]:8443/oap", "https://[::1]:8443/oap"),
        ] {
            assert_eq!(text.parse::<ServerUrl>().unwrap().to_string(), full);
        }
    }

    #[test]
    fn only_plain_http_to_another_machine_is_readable_on_the_way() {
        for (text, readable) in [
            ("http://example.org", true),
            ("http://192.0.2.1:8080", true),
            ("https://example.org", false),
            ("http://localhost:8080", false),
            ("http://127.0.0.2", false),
            ("http://[::1]:8080", false),
        ] {
            assert_eq!(text.parse::<ServerUrl>().unwrap().is_readable_on_the_way(), readable);
        }
    }

    #[test]
    fn what_cannot_be_posted_to_says_why() {
        for (text, reason) in [
            ("example.org", "it lacks http:// or https://"),
            ("ftp://example.org/", "ftp is neither http nor https"),
            ("http://", "not a URL"),
            ("http://exa mple.org/", "not a URL"),
        ] {
            let error = text.parse::<ServerUrl>().unwrap_err().to_string();
            assert!(error.starts_with(reason), "{text}: {error}");
        }
    }
}
