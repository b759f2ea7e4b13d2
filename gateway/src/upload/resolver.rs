use core::time::Duration;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long addresses are used without looking again.
const LIFETIME: Duration = Duration::from_secs(30);

/// Finds the one server's addresses, and remembers them for a while: ureq asks for every request,
/// and its own resolver starts a thread each time.
#[derive(Debug, Default)]
pub(super) struct ServerResolver {
    system: DefaultResolver,
    found: Mutex<Option<(Instant, ResolvedSocketAddrs)>>,
}

impl Resolver for ServerResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = || self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, addresses)) = &*found()
            && since.elapsed() < LIFETIME
        {
            return Ok(addresses.clone());
        }
        let addresses = self.system.resolve(uri, config, timeout)?;
        *found() = Some((Instant::now(), addresses.clone()));
        Ok(addresses)
    }
}
