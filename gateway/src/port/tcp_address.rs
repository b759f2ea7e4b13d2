use core::fmt;
use core::str::FromStr;

use thiserror::Error;

/// What the name of a port begins with that is at the end of a network.
const PREFIX: &str = "tcp:";

/// A port at the end of a network, such as a ser2net serves: `tcp:HOST:PORT`, an IPv6 address in
/// brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpAddress {
    /// A name or an address, without brackets.
    pub host: String,
    /// The number of the TCP port.
    pub port: u16,
}

/// What begins as such a port does, and is none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found} is no port: expected {expected}")]
pub struct ParsePortError {
    /// What was there.
    found: String,
    expected: String,
}

impl TcpAddress {
    /// Whether this port is one at the end of a network, whatever follows.
    #[must_use]
    pub fn is_meant(port: &str) -> bool {
        port.starts_with(PREFIX)
    }
}

impl FromStr for TcpAddress {
    type Err = ParsePortError;

    fn from_str(text: &str) -> Result<Self, ParsePortError> {
        let error = |expected: &str| ParsePortError {
            found: text.to_owned(),
            expected: format!("tcp:HOST:PORT, such as tcp:192.0.2.7:4000{expected}"),
        };
        let rest = text.strip_prefix(PREFIX).ok_or_else(|| error(""))?;
        let (host, port) = rest.rsplit_once(':').ok_or_else(|| error(""))?;
        let port = port.parse().ok().filter(|&port| port != 0);
        let port = port.ok_or_else(|| error(", with a number from 1 to 65535 at its end"))?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        if bare.is_none() && host.contains(':') {
            return Err(error(", and an IPv6 address in brackets: tcp:[2001:db8::7]:4000"));
        }
        let host = bare.unwrap_or(host);
        if host.is_empty() || host.contains(|c: char| "[]/@".contains(c) || c.is_whitespace()) {
            return Err(error(""));
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for TcpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(f, "{PREFIX}[{host}]:{port}")
        } else {
            write!(f, "{PREFIX}{host}:{port}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_taken_and_said_again() {
        for (text, host, port) in [
            ("tcp:ser2net.example:4000", "ser2net.example", 4000),
            ("tcp:192.0.2.7:1", "192.0.2.7", 1),
            ("tcp:[2001:db8::7]:65535", "2001:db8::7", 65535),
            ("tcp:[fe80::1%eth0]:4001", "fe80::1%eth0", 4001),
        ] {
            let address: TcpAddress = text.parse().unwrap();
            assert_eq!((address.host.as_str(), address.port), (host, port));
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn what_is_none_says_what_is_expected() {
        for (text, said) in [
            ("tcp:", "tcp:HOST:PORT"),
            ("tcp:host", "tcp:HOST:PORT"),
            ("tcp::4000", "tcp:HOST:PORT"),
            ("tcp:a host:4000", "tcp:HOST:PORT"),
            ("tcp://host:4000", "tcp:HOST:PORT"),
            ("tcp:user@host:4000", "tcp:HOST:PORT"),
            ("tcp:host:0", "1 to 65535"),
            ("tcp:host:telnet", "1 to 65535"),
            ("tcp:2001:db8::7:4000", "in brackets"),
        ] {
            let error = text.parse::<TcpAddress>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains(said), "{error}");
        }
    }
}
