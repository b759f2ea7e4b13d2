//! Whom a request comes from, as far as that can be known.

use core::fmt::Display;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::str::FromStr;

use axum::http::HeaderMap;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The other end of the connection that a request came by.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Whose requests and connections are counted together: an IPv4 address or an IPv6 network of 64
/// bits, which is the least that a line to the Internet has to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Origin(IpAddr);

impl Origin {
    pub(crate) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) & (u128::MAX << 64);
                IpAddr::V6(Ipv6Addr::from(network))
            }
            address => address,
        })
    }
}

/// The reverse proxies that are believed when they say, in `X-Forwarded-For`, for whom they ask.
///
/// ```
/// use clouddata_server::TrustedProxies;
///
/// let proxies: TrustedProxies = "127.0.0.0/8, ::1, 192.0.2.7".parse()?;
/// assert_ne!(proxies, TrustedProxies::default());
/// # Ok::<(), clouddata_server::ParseProxiesError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// The text is no list of addresses and networks.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is neither an address nor a network such as 192.0.2.0/24")]
pub struct ParseProxiesError(String);

impl Default for TrustedProxies {
    /// Those on this machine.
    fn default() -> Self {
        let v4 = Ipv4Net::new_assert(Ipv4Addr::LOCALHOST, 8).trunc();
        Self(vec![v4.into(), Ipv6Net::from(Ipv6Addr::LOCALHOST).into()])
    }
}

impl FromStr for TrustedProxies {
    type Err = ParseProxiesError;

    /// Addresses and networks, with commas between them; none of them, if it is empty.
    fn from_str(text: &str) -> Result<Self, ParseProxiesError> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let parse = |part: &str| {
            let address = part.parse().map(|address: IpAddr| address.to_canonical().into());
            let network = address.or_else(|_| part.parse().map(canonical));
            network.map_err(|_| ParseProxiesError(part.to_owned()))
        };
        parts.map(parse).collect::<Result<_, _>>().map(Self)
    }
}

impl TrustedProxies {
    /// Their addresses and networks, as they are written.
    pub fn networks(&self) -> impl Iterator<Item = impl Display> {
        self.0.iter()
    }

    /// Whether one at this address is believed. An IPv4 address is the same when it is written as
    /// an IPv6 one.
    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|net| net.contains(&address))
    }

    /// From the last address to the first: each proxy adds the one that it sees at the end, and the
    /// first that is no proxy's is the client's. What stands before that anyone can have made up.
    pub(crate) fn client(&self, headers: &HeaderMap, peer: Peer) -> IpAddr {
        let mut client = peer.0.ip();
        let forwarded = headers.get_all("x-forwarded-for").iter().rev();
        let parts = forwarded.flat_map(|value| value.to_str().unwrap_or("?").rsplit(','));
        for part in parts {
            if !self.trust(client) {
                break;
            }
            let Some(address) = parse_forwarded(part.trim()) else { break };
            client = address;
        }
        client.to_canonical()
    }
}

/// A network of IPv4 addresses that are written as IPv6 ones is one of IPv4.
fn canonical(network: IpNet) -> IpNet {
    const MAPPED: u8 = 96;
    let IpNet::V6(mapped) = network else { return network };
    let of = |address| Ipv4Net::new(address, mapped.prefix_len().checked_sub(MAPPED)?).ok();
    mapped.addr().to_ipv4_mapped().and_then(of).map_or(network, IpNet::V4)
}

/// An address, with a port or without.
fn parse_forwarded(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().map(|address: SocketAddr| address.ip());
    text.trim_matches(['[', ']']).parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn origin(proxies: &TrustedProxies, peer: &str, forwarded: &[&'static str]) -> Origin {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(value));
        }
        Origin::of(proxies.client(&headers, Peer(SocketAddr::new(peer.parse().unwrap(), 1))))
    }

    fn of(address: &str) -> Origin {
        Origin::of(address.parse().unwrap())
    }

    #[test]
    fn an_ipv6_network_of_64_bits_is_one_origin() {
        assert_eq!(of("2001:db8:0:1::1"), of("2001:db8:0:1:ffff:ffff:ffff:ffff"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:2::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let proxies = TrustedProxies::default();
        for local in ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(origin(&proxies, local, &["192.0.2.9, 192.0.2.1"]), of("192.0.2.1"));
            assert_eq!(origin(&proxies, local, &[]), of(local));
        }
        assert_eq!(origin(&proxies, "192.0.2.7", &["192.0.2.1"]), of("192.0.2.7"));
        let proxies = "192.0.2.7".parse().unwrap();
        assert_eq!(origin(&proxies, "192.0.2.7", &["192.0.2.1"]), of("192.0.2.1"));
        assert_eq!(origin(&proxies, "127.0.0.1", &["192.0.2.1"]), of("127.0.0.1"));
        let mapped = "::ffff:192.0.2.0/120".parse().unwrap();
        for proxy in ["192.0.2.7", "::ffff:192.0.2.7"] {
            assert_eq!(origin(&mapped, proxy, &["198.51.100.1"]), of("198.51.100.1"));
        }
        let none = "".parse().unwrap();
        assert_eq!(origin(&none, "127.0.0.1", &["192.0.2.1"]), of("127.0.0.1"));
    }

    #[test]
    fn a_chain_of_proxies_is_gone_back_as_far_as_it_is_trusted() {
        let proxies = "127.0.0.1, 10.0.0.0/8".parse().unwrap();
        for (forwarded, client) in [
            (vec!["203.0.113.5, 192.0.2.1, 10.1.2.3"], "192.0.2.1"),
            (vec!["192.0.2.1", "10.1.2.3, 10.1.2.4"], "192.0.2.1"),
            (vec!["192.0.2.1:4711"], "192.0.2.1"),
            (vec!["[2001:db8::1]:4711"], "2001:db8::1"),
            (vec!["2001:db8::1"], "2001:db8::1"),
            (vec!["192.0.2.1, unknown, 10.1.2.3"], "10.1.2.3"),
            (vec!["10.1.2.3"], "10.1.2.3"),
        ] {
            assert_eq!(origin(&proxies, "127.0.0.1", &forwarded), of(client), "{forwarded:?}");
        }
    }

    #[test]
    fn what_is_no_network_is_named() {
        for (text, part) in [("192.0.2.0/33", "192.0.2.0/33"), ("::1, all", "all")] {
            let error = text.parse::<TrustedProxies>().unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
