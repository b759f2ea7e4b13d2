use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long a looked-up address is used without looking again.
const LIFETIME: Duration = Duration::from_secs(5);

/// Finds the engine's address. ureq asks for every request, and its own resolver starts a thread
/// each time; this one does so only for names, and remembers for a while what it found.
#[derive(Debug, Default)]
pub(super) struct EngineResolver {
    names: DefaultResolver,
    found: Mutex<Option<(String, Instant, Vec<SocketAddr>)>>,
}

impl Resolver for EngineResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        let host = uri.host().unwrap_or_default();
        if let Ok(ip) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
            addresses.push(SocketAddr::new(ip, uri.port_u16().unwrap_or(default)));
            return Ok(addresses);
        }
        let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((name, when, known)) = &*found
            && *name == authority
            && when.elapsed() < LIFETIME
        {
            known.iter().for_each(|&address| addresses.push(address));
            return Ok(addresses);
        }
        let resolved = self.names.resolve(uri, config, timeout)?;
        *found = Some((authority, Instant::now(), resolved.iter().copied().collect()));
        Ok(resolved)
    }
}
