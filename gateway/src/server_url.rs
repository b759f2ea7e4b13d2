use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;
use std::net::ToSocketAddrs;

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

    /// Whether what is posted there can be read on its way, whether by a proxy or not: plain http
    /// to another machine.
    #[must_use]
    pub fn is_readable_on_the_way(&self) -> bool {
        !self.is_on_this_machine() && self.0.scheme_str() != Some("https")
    }

    /// Whether it is a name or an address of this machine's loopback.
    #[must_use]
    pub fn is_on_this_machine(&self) -> bool {
        let host = self.host().trim_matches(['[', ']']).to_ascii_lowercase();
        let name = host.trim_end_matches('.');
        // To connect to no address is to connect to oneself.
        let is_local = |address: IpAddr| address.is_loopback() || address.is_unspecified();
        name == "localhost"
            || name.ends_with(".localhost")
            || address(name).is_some_and(|address| is_local(address.to_canonical()))
    }
}

/// The address that this is, also in the ways of writing that only the system knows, such as
/// `127.1`: no name ends in a number.
fn address(host: &str) -> Option<IpAddr> {
    let last = host.rsplit('.').next().filter(|last| !last.is_empty())?;
    let is_numeric = last.strip_prefix("0x").map_or_else(
        || last.chars().all(|c| c.is_ascii_digit()),
        |digits| digits.chars().all(|c| c.is_ascii_hexdigit()),
    );
    let look = || Some((host, 0).to_socket_addrs().ok()?.next()?.ip());
    host.parse().ok().or_else(|| if is_numeric { look() } else { None })
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
        // It would be seen wherever the address is.
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(fault(
                "a name or password does not belong into the address; what the server knows this \
                 gateway by is a token, see --token-file"
                    .to_owned(),
            ));
        }
        // So would this, and nobody who takes readings asks for it.
        if text.contains(['?', '#']) {
            return Err(fault("what follows ? or # does not belong into the address".to_owned()));
        }
        match uri.path() {
            "" | "/" => {
                let text = format!(
                    "{}{}",
                    text.trim_end_matches('/'),
                    readings::Kind::Readings.paths()[0]
                );
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
            ("http://[::ffff:127.0.0.1]", false),
            ("http://LocalHost.", false),
            ("http://127.1:8080", false),
            ("http://0x7f000001", false),
            ("http://2130706433", false),
            ("http://0", false),
            ("http://192.0.513", true),
            ("http://example.1a", true),
            ("http://localhost.example.org", true),
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
            ("http://user:s3cret@example.org/", "a name or password"),
            ("https://s3cret@[::1]:8080", "a name or password"),
            ("http://user:s3 cret@example.org/", "not a URL"),
            ("user:s3cret@example.org", "it lacks http:// or https://"),
            ("http://example.org/?token=s3cret", "what follows ? or #"),
            ("http://example.org/#s3cret", "what follows ? or #"),
        ] {
            let error = text.parse::<ServerUrl>().unwrap_err();
            assert!(error.to_string().starts_with(reason), "{text}: {error}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
    }
}
