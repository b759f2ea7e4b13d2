//! Who may change something, and how often.

use core::net::{IpAddr, SocketAddr};
use core::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::app::App;
use crate::refusal::RequestError;
use crate::tokens::Tokens;

/// Clients whose rate is remembered before those that have been quiet are forgotten.
const MAX_CLIENTS: usize = 10_000;

/// The other end of the connection that a request came by.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Checks bearer tokens and rates.
pub struct Guard {
    tokens: RwLock<Tokens>,
    limiter: Option<DefaultKeyedRateLimiter<Client>>,
}

/// Whose rate is limited.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Client {
    Token(String),
    Address(Option<IpAddr>),
}

impl Guard {
    /// With tokens (none: everyone may), and the requests a second that a token, or an address
    /// where there is no token, may make on average.
    #[must_use]
    pub fn new(tokens: Tokens, rate_limit: Option<NonZeroU32>) -> Self {
        let limiter = rate_limit.map(|rate| RateLimiter::keyed(Quota::per_second(rate)));
        Self { tokens: RwLock::new(tokens), limiter }
    }

    pub(crate) fn set_tokens(&self, tokens: Tokens) {
        *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = tokens;
    }

    /// Who it is: the name of the token, or the address where there are no tokens.
    fn admit(&self, headers: &HeaderMap, peer: Option<Peer>) -> Result<String, RequestError> {
        let named = self.authorize(headers);
        if let Some(limiter) = &self.limiter {
            if limiter.len() > MAX_CLIENTS {
                limiter.retain_recent();
            }
            let client = match &named {
                Ok(Some(name)) => Client::Token(name.clone()),
                _ => Client::Address(peer.map(|peer| address(headers, peer))),
            };
            limiter.check_key(&client).map_err(|not_until| {
                let wait = not_until.wait_time_from(DefaultClock::default().now());
                RequestError::TooMany { retry_after: wait.as_secs() + 1 }
            })?;
        }
        let unnamed = || peer.map(|peer| address(headers, peer).to_string());
        Ok(named?.or_else(unnamed).unwrap_or_default())
    }

    /// The name of the token, if one is needed.
    fn authorize(&self, headers: &HeaderMap) -> Result<Option<String>, RequestError> {
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        if tokens.is_empty() {
            return Ok(None);
        }
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let presented = value
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        let name = presented.and_then(|presented| tokens.name_of(presented));
        name.map(|name| Some(name.to_owned())).ok_or(RequestError::Unauthorized)
    }
}

/// The client's address. A peer on this machine is taken for a reverse proxy, which adds the
/// address that it sees at the end of X-Forwarded-For.
fn address(headers: &HeaderMap, peer: Peer) -> IpAddr {
    let ip = peer.0.ip();
    if !ip.is_loopback() {
        return ip;
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
    let forwarded = forwarded.and_then(|value| value.to_str().ok());
    let last = forwarded.and_then(|value| value.rsplit(',').next());
    last.and_then(|last| last.trim().parse().ok()).unwrap_or(ip)
}

/// What a handler asks for that changes something: a client who may, and not too often.
pub(crate) struct Admitted {
    /// The name of its token, or its address where there are no tokens.
    pub(crate) name: String,
}

impl FromRequestParts<Arc<App>> for Admitted {
    type Rejection = RequestError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, RequestError> {
        let peer = parts.extensions.get::<Peer>().copied();
        let name = app.guard.admit(&parts.headers, peer)?;
        Ok(Self { name })
    }
}

#[cfg(test)]
mod tests {
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
        let admit = |value| guard.admit(&headers("authorization", value), None).is_ok();
        assert!(admit("Bearer 0123456789abcdef") && admit("bearer  0123456789abcdef "));
        for value in ["", "Bearer", "Bearer ", "Basic 0123456789abcdef", "Bearer 0123456789abcde"] {
            assert!(!admit(value), "{value}");
        }
        assert!(guard.admit(&HeaderMap::new(), None).is_err());
        guard.set_tokens(Tokens::default());
        assert!(guard.admit(&HeaderMap::new(), None).is_ok());
    }

    #[test]
    fn each_address_has_a_rate_of_its_own_behind_a_proxy_too() {
        let guard = Guard::new(Tokens::default(), NonZeroU32::new(2));
        let admit = |headers: &HeaderMap, address| guard.admit(headers, peer(address)).is_ok();
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
        assert!(guard.admit(&with, peer("192.0.2.1")).is_ok());
        let again = guard.admit(&with, peer("192.0.2.2"));
        assert!(matches!(again, Err(RequestError::TooMany { retry_after: 1.. })));
    }
}
