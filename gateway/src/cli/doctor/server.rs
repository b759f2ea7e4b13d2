//! Whether the server would take readings.

use super::checkup::Fault;
use crate::upload::Post;
use crate::{Config, PostFormat};

/// Posts no readings, so that nothing is stored. The existing Python server would not understand
/// that; of it is only known that no page is where readings should go.
pub(super) fn examine(config: &Config) -> Result<((), String), Fault> {
    let server = &config.server;
    let post = Post::new(config)
        .map_err(|error| Fault::new(&error.to_string(), "correct ca_file in the configuration"))?;
    let fault = |found: &str| {
        let next = "readings wait in the spool meanwhile; check address, token and server";
        Fault::new(found, next)
    };
    if config.post_format == PostFormat::Single {
        post.probe().map_err(|error| fault(&error.reason))?;
        return Ok(((), format!("{server} can be reached; whether it stores is not known")));
    }
    let outcome = post.post(&[], None).map_err(|error| fault(&error.reason))?;
    match outcome.refused.first() {
        None => Ok(((), format!("{server} takes readings"))),
        Some(refusal) => {
            let found = format!("{server} takes no arrays: {}", refusal.reason);
            Err(Fault::new(&found, "for the existing Python server say --post-format single"))
        }
    }
}
