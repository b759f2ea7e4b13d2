use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::net::UdpSocket;

/// Where a server that listens on `listen` is found from elsewhere. One that listens on every
/// address has that of the interface which leads to other networks, if there is one.
pub(crate) fn address_for_others(listen: SocketAddr) -> SocketAddr {
    if !listen.ip().is_unspecified() {
        return listen;
    }
    let v4 = (IpAddr::from(Ipv4Addr::UNSPECIFIED), IpAddr::from(Ipv4Addr::new(192, 0, 2, 1)));
    let v6 = (
        IpAddr::from(Ipv6Addr::UNSPECIFIED),
        IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
    );
    // Who listens on every IPv6 address mostly does on every IPv4 address too, which is shorter.
    let ways: &[_] = if listen.is_ipv4() { &[v4] } else { &[v4, v6] };
    let found = ways.iter().find_map(|&(from, to)| way_to(from, to));
    let loopback = match listen {
        SocketAddr::V4(_) => IpAddr::from(Ipv4Addr::LOCALHOST),
        SocketAddr::V6(_) => IpAddr::from(Ipv6Addr::LOCALHOST),
    };
    SocketAddr::new(found.unwrap_or(loopback), listen.port())
}

/// The own address on the way to another. The system only looks at its routes: to connect a datagram
/// socket sends nothing, and the addresses are those of documentation.
fn way_to(from: IpAddr, to: IpAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind((from, 0)).ok()?;
    socket.connect((to, 9)).ok()?;
    let own = socket.local_addr().ok()?.ip();
    (!own.is_unspecified()).then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_was_named_is_shown_and_no_address_never() {
        for named in ["127.0.0.1:8080", "192.0.2.7:80", "[::1]:8080"] {
            let named: SocketAddr = named.parse().unwrap();
            assert_eq!(address_for_others(named), named);
        }
        for all in ["0.0.0.0:8080", "[::]:8080"] {
            let shown = address_for_others(all.parse().unwrap());
            assert!(!shown.ip().is_unspecified() && shown.port() == 8080, "{shown}");
        }
    }
}
