//! Whether the server would take readings.

use core::time::Duration;
use std::net::{TcpStream, ToSocketAddrs};

use super::checkup::Fault;
use crate::upload::Post;
use crate::{Config, PostFormat, ServerUrl};

const PATIENCE: Duration = Duration::from_secs(4);

/// Posts no readings, so that nothing is stored. The existing Python server would not understand
/// that; of it only the port is tried.
pub(super) fn examine(config: &Config) -> Result<((), String), Fault> {
    let server = &config.server;
    if config.post_format == PostFormat::Single {
        reach(server)?;
        return Ok(((), format!("{server} can be reached; whether it stores is not known")));
    }
    let post = Post::new(config)
        .map_err(|error| Fault::new(&error.to_string(), "correct ca_file in the configuration"))?;
    match post.post(&[]) {
        Ok(refusals) if refusals.is_empty() => Ok(((), format!("{server} takes readings"))),
        Ok(refusals) => {
            let reasons: Vec<String> = refusals.into_iter().map(|refusal| refusal.reason).collect();
            let found = format!("{server} takes no arrays: {}", reasons.join("; "));
            Err(Fault::new(&found, "for the existing Python server say --post-format single"))
        }
        Err(error) => Err(Fault::new(
            &error.reason,
            "readings wait in the spool meanwhile; check address, token and server",
        )),
    }
}

fn reach(url: &ServerUrl) -> Result<(), Fault> {
    let fault = |reason: &str| {
        Fault::new(&format!("{url} cannot be reached: {reason}"), "check that the server runs")
    };
    let uri = url.uri();
    let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    let host = url.host().trim_matches(['[', ']']);
    let addresses = (host, uri.port_u16().unwrap_or(default)).to_socket_addrs();
    let mut last = "its name does not resolve".to_owned();
    for address in addresses.map_err(|error| fault(&error.to_string()))? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(_) => return Ok(()),
            Err(error) => last = error.to_string(),
        }
    }
    Err(fault(&last))
}
