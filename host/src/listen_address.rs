use core::fmt;
use core::net::SocketAddr;
use core::str::FromStr;
use std::net::ToSocketAddrs;

use serde::Deserialize;

/// Where a program listens: an address and a port, such as `127.0.0.1:8080` or `[::1]:8080`, or a
/// name that has an address, such as `localhost:8080`. Of several addresses it is the first of
/// IPv4, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ListenAddress(pub SocketAddr);

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse() {
            return Ok(Self(address));
        }
        let form = "expected ADDRESS:PORT, such as 127.0.0.1:8080 or localhost:8080";
        let Some((name, port)) = text.rsplit_once(':') else { return Err(form.to_owned()) };
        let Ok(port) = port.parse::<u16>() else { return Err(form.to_owned()) };
        if name.is_empty() {
            return Err(format!("{form}; for every address of this machine, [::]:{port}"));
        }
        if name.contains([':', '[', ']']) {
            return Err(format!("{form}, and an IPv6 address in brackets: [::1]:{port}"));
        }
        let addresses = (name, port).to_socket_addrs();
        let addresses: Vec<_> =
            addresses.map_err(|error| format!("{name} has no address: {error}"))?.collect();
        let first = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
        first.copied().map(Self).ok_or_else(|| format!("{name} has no address"))
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_are_taken() {
        for (text, address) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("[::1]:0", "[::1]:0"),
            ("localhost:8080", "127.0.0.1:8080"),
        ] {
            assert_eq!(text.parse::<ListenAddress>().unwrap().to_string(), address);
        }
    }

    #[test]
    fn what_is_neither_says_what_is_expected() {
        for (text, said) in [
            ("8080", "expected ADDRESS:PORT"),
            ("localhost", "expected ADDRESS:PORT"),
            ("localhost:http", "expected ADDRESS:PORT"),
            ("localhost:65536", "expected ADDRESS:PORT"),
            (":8080", "[::]:8080"),
            ("::1:8080", "[::1]:8080"),
            ("no such name:8080", "has no address"),
        ] {
            let error = text.parse::<ListenAddress>().unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
