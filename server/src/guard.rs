//! Who may change something and how often, and who may follow the stream.

use core::net::IpAddr;
use core::num::NonZeroU32;
use std::sync::{PoisonError, RwLock};

use axum::http::{HeaderMap, header};

use crate::config::Config;
use crate::origin::{Origin, Peer, TrustedProxies};
use crate::rates::{Client, Rates};
use crate::refusal::RequestError;
use crate::streams::{Streams, Ticket};
use crate::tokens::Tokens;

/// Checks tokens and rates, and has the places for streams.
pub struct Guard {
    tokens: RwLock<Tokens>,
    rates: Rates,
    proxies: TrustedProxies,
    streams: Streams,
}

impl Guard {
    /// With tokens (none: everyone may), and the requests a second that a token, or an address
    /// where there is no token, may make on average.
    #[must_use]
    pub fn new(tokens: Tokens, rate_limit: Option<NonZeroU32>) -> Self {
        Self {
            tokens: RwLock::new(tokens),
            rates: Rates::new(rate_limit),
            proxies: TrustedProxies::default(),
            streams: Streams::new(Config::DEFAULT_MAX_CONNECTIONS),
        }
    }

    /// Of another site of the same server, which may have so many streams.
    pub(crate) fn beside(&self, site: u32, streams: Option<NonZeroU32>) -> Self {
        Self {
            tokens: RwLock::default(),
            rates: self.rates.beside(),
            proxies: self.proxies.clone(),
            streams: self.streams.beside(site, streams),
        }
    }

    /// The streams of the site.
    pub(crate) const fn streams(&self) -> &Streams {
        &self.streams
    }

    /// How often each client asks.
    pub(crate) const fn rates(&self) -> &Rates {
        &self.rates
    }

    /// The same, which believes these proxies; of itself it believes those on this machine.
    #[must_use]
    pub fn trusting(self, proxies: TrustedProxies) -> Self {
        Self { proxies, ..self }
    }

    /// The same, for a server with so many connections; of itself it is for those of
    /// [`Config::DEFAULT_MAX_CONNECTIONS`].
    #[must_use]
    pub fn for_connections(self, max_connections: usize) -> Self {
        Self { streams: Streams::new(max_connections), ..self }
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.trust(address)
    }

    /// A ticket for a stream.
    pub(crate) fn follow(
        &self,
        headers: &HeaderMap,
        peer: Option<Peer>,
    ) -> Result<Ticket, RequestError> {
        self.streams.take(peer.map(|peer| Origin::of(self.proxies.client(headers, peer))))
    }

    pub(crate) fn set_tokens(&self, tokens: Tokens) {
        *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = tokens;
    }

    /// Who it is: the name of the token, or the address where there are no tokens. What a token of
    /// the registry allows is known already; without one, those of the file are looked at, and
    /// where there is none it may be `open`.
    pub(crate) fn admit(
        &self,
        headers: &HeaderMap,
        peer: Option<Peer>,
        named: Result<Option<String>, RequestError>,
        open: bool,
    ) -> Result<String, RequestError> {
        let named = match named {
            Ok(None) => self.authorize(headers, open),
            named => named,
        };
        let asked = self.rates.ask(|| match &named {
            Ok(Some(name)) => Client::Token(name.clone()),
            _ => Client::Origin(peer.map(|peer| Origin::of(self.proxies.client(headers, peer)))),
        });
        asked.map_err(|retry_after| RequestError::TooMany { retry_after })?;
        let unnamed = || peer.map(|peer| self.proxies.client(headers, peer).to_string());
        Ok(named?.or_else(unnamed).unwrap_or_default())
    }

    /// The name of the token, if one is needed.
    fn authorize(&self, headers: &HeaderMap, open: bool) -> Result<Option<String>, RequestError> {
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        if tokens.is_empty() && open {
            return Ok(None);
        }
        let name = presented(headers).and_then(|presented| tokens.name_of(presented));
        name.map(|name| Some(name.to_owned())).ok_or(RequestError::Unauthorized)
    }
}

/// The bearer token of a request.
pub(crate) fn presented(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
}

#[cfg(test)]
mod tests {
    use core::net::SocketAddr;

    use super::*;

    fn peer(address: &str) -> Option<Peer> {
        Some(Peer(SocketAddr::new(address.parse().unwrap(), 1)))
    }

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(
            header::HeaderName::from_static(name),
            header::HeaderValue::from_static(value),
        )])
    }

    #[test]
    fn with_tokens_only_their_holders_are_admitted() {
        let guard = Guard::new("attic: 0123456789abcdef".parse().unwrap(), None);
        let admit =
            |value| guard.admit(&headers("authorization", value), None, Ok(None), true).is_ok();
        assert!(admit("Bearer 0123456789abcdef") && admit("bearer  0123456789abcdef "));
        for value in ["", "Bearer", "Bearer ", "Basic 0123456789abcdef", "Bearer 0123456789abcde"] {
            assert!(!admit(value), "{value}");
        }
        assert!(guard.admit(&HeaderMap::new(), None, Ok(None), true).is_err());
        guard.set_tokens(Tokens::default());
        assert!(guard.admit(&HeaderMap::new(), None, Ok(None), false).is_err());
        assert!(guard.admit(&HeaderMap::new(), None, Ok(None), true).is_ok());
    }

    #[test]
    fn each_address_has_a_rate_of_its_own_behind_a_proxy_too() {
        let guard = Guard::new(Tokens::default(), NonZeroU32::new(2));
        let admit = |headers: &HeaderMap, address| {
            guard.admit(headers, peer(address), Ok(None), true).is_ok()
        };
        let none = HeaderMap::new();
        assert!(admit(&none, "192.0.2.1") && admit(&none, "192.0.2.1"));
        assert!(!admit(&none, "192.0.2.1"));
        assert!(admit(&none, "192.0.2.2"));
        let forged = headers("x-forwarded-for", "192.0.2.9, 192.0.2.1");
        assert!(!admit(&forged, "127.0.0.1"));
        assert!(!admit(&headers("x-forwarded-for", "192.0.2.9"), "192.0.2.1"));
        assert!(admit(&headers("x-forwarded-for", "192.0.2.9"), "127.0.0.1"));
    }

    #[test]
    fn a_token_has_one_rate_wherever_it_is_used() {
        let guard = Guard::new("a: 0123456789abcdef".parse().unwrap(), NonZeroU32::new(1));
        let with = headers("authorization", "Bearer 0123456789abcdef");
        assert!(guard.admit(&with, peer("192.0.2.1"), Ok(None), true).is_ok());
        let again = guard.admit(&with, peer("192.0.2.2"), Ok(None), true);
        assert!(matches!(again, Err(RequestError::TooMany { retry_after: 1.. })));
    }
}
