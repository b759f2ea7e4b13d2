//! `doctor`: the way of a reading, step by step.

mod checkup;
mod manager;
mod server;

use core::time::Duration;

use clap::Args;
use host::Failure;

use super::RunArgs;
use super::client::Client;
use super::port_choice::open_chosen;
use crate::port::{PortChoice, TcpAddress};
use checkup::{Checkup, Fault};

/// What `doctor` can be told.
#[derive(Args, Clone, Debug)]
pub(super) struct DoctorArgs {
    /// How long to wait for motes, and for the first reading: they report every 30 s unless told
    /// otherwise.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = humantime::parse_duration)]
    patience: Duration,
    #[command(flatten)]
    run: RunArgs,
}

/// Looks at every step from the port to the server, and says what to do about the first that
/// fails. No reading is lost by it: the one that it sees is not acknowledged, so the manager keeps
/// it for the gateway.
pub(super) fn doctor(args: &DoctorArgs) -> Result<(), Failure> {
    let config = args.run.stateless_config()?;
    let mut checkup = Checkup::default();
    let port = checkup.step("port", || {
        let (name, link) = open_chosen(&config.port)
            .map_err(|failure| Fault::new(failure.reason(), next_of(&config.port)))?;
        Ok((Client::new(link, None), format!("{name} is open")))
    });
    match port {
        Some(mut client) => manager::examine(&mut client, &mut checkup, args.patience),
        None => {
            for name in manager::STEPS {
                checkup.skip(name);
            }
        }
    }
    checkup.step("server", || server::examine(&config));
    checkup.end()
}

/// What to do about a port that cannot be opened.
fn next_of(port: &PortChoice) -> &'static str {
    match port {
        PortChoice::Named(name) if TcpAddress::is_meant(name) => {
            "look at what serves the port there; `clouddata-gateway ports --listen` and its name \
             tries it again"
        }
        _ => "see `clouddata-gateway ports`",
    }
}
