use core::convert::Infallible;
use core::str::FromStr;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use ureq::http::Uri;

/// Addresses that are as good as each other: on the command line with commas between them, in the
/// file an array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Urls(Vec<String>);

impl FromStr for Urls {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.split(',').map(str::to_owned).collect()))
    }
}

impl Urls {
    /// Each of them as an [`address`].
    pub(super) fn addresses(&self, setting: &str) -> anyhow::Result<Vec<String>> {
        self.0.iter().map(|url| address(setting, url)).collect()
    }
}

/// The address of an engine or a server, without a slash at its end. `setting` names it in errors,
/// which never show it: whoever writes a password into it by mistake is not to find it in a log.
pub(crate) fn address(setting: &str, url: &str) -> anyhow::Result<String> {
    let expected = || format!("{setting} is no address; write it as http://HOST:PORT");
    let uri: Uri = url.trim().parse().ok().with_context(expected)?;
    ensure!(matches!(uri.scheme_str(), Some("http" | "https")), expected());
    ensure!(uri.host().is_some_and(|host| !host.is_empty()), expected());
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        bail!("{setting} has a user or a password in it; these have settings of their own");
    }
    ensure!(
        uri.query().is_none() && !url.contains('#'),
        "{setting} ends with a query; write it as http://HOST:PORT, with a path at most"
    );
    Ok(url.trim().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_without_its_last_slash() {
        for url in ["http://127.0.0.1:8086", "https://db.example/path/", " http://[::1]:8086/ "] {
            let expected = url.trim().trim_end_matches('/');
            assert_eq!(address("influx_url", url).unwrap(), expected);
        }
    }

    #[test]
    fn several_addresses_are_an_array_or_have_commas_between_them() {
        let urls: Urls = "http://a:8480/insert/0/influx/, http://b:8480".parse().unwrap();
        let expected = ["http://a:8480/insert/0/influx", "http://b:8480"];
        assert_eq!(urls.addresses("influx_write_urls").unwrap(), expected);
        let error = Urls(vec!["http://a".to_owned(), "http://user:secret@b".to_owned()])
            .addresses("influx_write_urls")
            .unwrap_err()
            .to_string();
        assert!(error.contains("influx_write_urls") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn no_password_is_taken_or_shown() {
        for url in [
            "http://user:secret@db.example:8086",
            "http://secret@db.example",
            "http://:secret@[::1]:8086/",
            "ftp://user:secret@db.example",
            "user:secret@db.example",
            "http://user:sec ret@db.example",
            "http://user:secret@",
            "http://db.example:8086?u=user&p=secret",
            "http://db.example:8086/#secret",
            "secret",
            "",
        ] {
            let error = format!("{:#}", address("influx_url", url).unwrap_err());
            assert!(error.contains("influx_url"), "{error}");
            assert!(!error.contains("sec"), "{error}");
        }
    }
}
