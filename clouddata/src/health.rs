//! Asks a server how it is, for whoever has nothing else to ask with: an image for containers that
//! holds these programs alone.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;

use host::{Failure, ListenAddress, exit};
use serde_json::Value;

/// How long its answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Its answer is a line.
const MOST: u64 = 64 * 1024;

/// Prints what the server that listens there says of itself.
///
/// # Errors
/// [`exit::UNAVAILABLE`] if it does not answer, or cannot store readings.
pub(crate) fn print(listen: ListenAddress) -> Result<(), Failure> {
    let address = reachable(listen.0);
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .build()
        .new_agent();
    let mut answer = agent
        .get(format!("http://{address}/health"))
        .call()
        .map_err(|error| unavailable(address, &error))?;
    let healthy = answer.status() == 200;
    let said = answer.body_mut().with_config().limit(MOST).read_to_string();
    let said = said.map_err(|error| unavailable(address, &error))?;
    let said = said.trim();
    // Something else may listen there, and answer with 200.
    let parsed = serde_json::from_str::<Value>(said).unwrap_or_default();
    if healthy && parsed["status"] == "ok" {
        return host::print(format_args!("{said}\n"));
    }
    Err(Failure::new(
        exit::UNAVAILABLE,
        format_args!("the server at {address} is not well ({}): {said}", answer.status()),
    ))
}

/// Who listens on every address is asked at this machine's own.
const fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn unavailable(address: SocketAddr, error: &ureq::Error) -> Failure {
    Failure::new(
        exit::UNAVAILABLE,
        format_args!(
            "no answer from a server at {address}: {error}; if it listens elsewhere, name that with --listen"
        ),
    )
}
