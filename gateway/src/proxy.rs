use core::fmt;
use std::sync::Arc;

use thiserror::Error;

use crate::ServerUrl;

/// An HTTP proxy by which the server is reached. What it is told besides its address is never
/// shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    proxy: ureq::Proxy,
    variable: Arc<str>,
}

/// The environment names a proxy that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "the environment variable {variable} names no HTTP proxy such as http://proxy.example.org:3128; \
     correct it, or name the server in NO_PROXY"
)]
pub struct ProxyError {
    variable: String,
}

impl Proxy {
    /// The proxy by which this server is to be reached, after the environment's variables
    /// `HTTP_PROXY` or `HTTPS_PROXY`, by the server's scheme, then `ALL_PROXY`, and `NO_PROXY`;
    /// each also in small letters. This machine is never reached by a proxy.
    ///
    /// # Errors
    /// If that is no HTTP proxy.
    pub fn find(
        server: &ServerUrl,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, ProxyError> {
        // A variable that is empty is as good as none.
        let value = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
        let look = |name: &str| {
            let small = name.to_ascii_lowercase();
            value(&small).map(|value| (small, value)).or_else(|| Some((name.into(), value(name)?)))
        };
        let of_scheme = match server.uri().scheme_str() {
            Some("https") => "HTTPS_PROXY",
            _ => "HTTP_PROXY",
        };
        if server.is_on_this_machine()
            || look("NO_PROXY").is_some_and(|(_, list)| lists(&list, server))
        {
            return Ok(None);
        }
        let Some((variable, text)) = look(of_scheme).or_else(|| look("ALL_PROXY")) else {
            return Ok(None);
        };
        let is_usable = |proxy: &ureq::Proxy| {
            use ureq::ProxyProtocol::{Http, Https};
            matches!(proxy.protocol(), Http | Https) && !proxy.host().is_empty()
        };
        match ureq::Proxy::new(text.trim()).ok().filter(is_usable) {
            Some(proxy) => Ok(Some(Self { proxy, variable: variable.into() })),
            None => Err(ProxyError { variable }),
        }
    }

    /// The environment variable that names it.
    #[must_use]
    pub fn variable(&self) -> &str {
        &self.variable
    }

    pub(crate) fn to_ureq(&self) -> ureq::Proxy {
        self.proxy.clone()
    }
}

/// Whether a list such as `example.org,.example.com,192.0.2.1` has the server: a name stands for
/// what is below it too, and `*` for everything.
fn lists(list: &str, server: &ServerUrl) -> bool {
    let host = server.host().trim_matches(['[', ']']).to_ascii_lowercase();
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let entry = entry.to_ascii_lowercase();
        let name = entry.strip_prefix('*').unwrap_or(&entry);
        let name = name.strip_prefix('.').unwrap_or(name).trim_matches(['[', ']']);
        let above = host.strip_suffix(name);
        entry == "*"
            || (!name.is_empty() && above.is_some_and(|a| a.is_empty() || a.ends_with('.')))
    })
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.proxy.host(), self.proxy.port())
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(server: &str, environment: &[(&str, &str)]) -> Result<Option<Proxy>, ProxyError> {
        let value = |name: &str| environment.iter().find(|(known, _)| *known == name);
        let server = server.parse().unwrap();
        Proxy::find(&server, |name| value(name).map(|(_, value)| (*value).to_owned()))
    }

    fn found(server: &str, environment: &[(&str, &str)]) -> Option<String> {
        find(server, environment).unwrap().map(|proxy| proxy.to_string())
    }

    const ALL: [(&str, &str); 3] =
        [("HTTP_PROXY", "http://h:1"), ("HTTPS_PROXY", "http://s:2"), ("ALL_PROXY", "a:3")];

    #[test]
    fn the_servers_scheme_decides_and_then_the_one_for_all() {
        assert_eq!(found("http://example.org", &ALL).unwrap(), "h:1");
        assert_eq!(found("https://example.org", &ALL).unwrap(), "s:2");
        assert_eq!(found("https://example.org", &ALL[2..]).unwrap(), "a:3");
        assert_eq!(found("https://example.org", &ALL[..1]), None);
        assert_eq!(found("http://example.org", &[("http_proxy", "b"), ALL[0]]).unwrap(), "b:80");
        assert_eq!(found("http://example.org", &[("HTTP_PROXY", " "), ALL[2]]).unwrap(), "a:3");
        assert_eq!(found("http://example.org", &[]), None);
    }

    #[test]
    fn this_machine_is_never_reached_by_a_proxy() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "127.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "0.0.0.0",
            "[::]",
        ] {
            for scheme in ["http", "https"] {
                assert_eq!(found(&format!("{scheme}://{host}:8080"), &ALL), None, "{host}");
            }
        }
        assert!(found("http://localhost.example.org", &ALL).is_some());
        assert!(found("http://[::ffff:192.0.2.1]", &ALL).is_some());
    }

    #[test]
    fn what_needs_no_proxy_is_listed() {
        let listed =
            |server: &str, list: &str| found(server, &[ALL[0], ("NO_PROXY", list)]).is_none();
        for list in ["example.org", ".example.org", "*.example.org", "a, Example.org", "*"] {
            assert!(listed("http://sub.example.org", list), "{list}");
            assert!(listed("http://example.org", list), "{list}");
        }
        assert!(listed("http://[2001:db8::1]:80", "2001:db8::1"));
        for list in ["ample.org", "org.example", "", ",", "."] {
            assert!(!listed("http://example.org", list), "{list}");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_an_error_and_no_secret_is_shown() {
        let server = "http://example.org";
        for text in ["socks5://u:s3cret@p:1080", "http://u:s3cret@", "ftp://u:s3cret@p", "a b"] {
            let error = find(server, &[("ALL_PROXY", text)]).unwrap_err();
            assert!(error.to_string().contains("ALL_PROXY"), "{error}");
            assert!(!format!("{error}{error:?}").contains("s3cret"), "{error}");
            assert_eq!(found("http://127.0.0.1", &[("ALL_PROXY", text)]), None);
        }
        let proxy = find(server, &[("HTTP_PROXY", "http://u:s3cret@p:3128/")]).unwrap().unwrap();
        assert_eq!(format!("{proxy} {proxy:?}"), "p:3128 Proxy(p:3128)");
        assert_eq!(proxy.variable(), "HTTP_PROXY");
    }
}
