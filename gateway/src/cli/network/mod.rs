//! `network`: how the mesh is, as the manager knows it.

mod mesh;
mod report;

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::io;
use std::time::Instant;

use clap::Args;
use host::{Failure, Output, exit};
use manager_core::session::Event;

use super::RunArgs;
use super::client::Client;
use super::port_choice::open_chosen;
use crate::walk::{Answer, Scope, Walk, answer_of};
use mesh::Mesh;

/// Without an answer for so long there is none.
const PATIENCE: Duration = Duration::from_secs(30);

/// What `network` can be told.
#[derive(Args, Clone, Debug)]
pub(super) struct NetworkArgs {
    #[command(flatten)]
    run: RunArgs,
}

/// Walks once through what the manager knows, and prints it, and what is to be thought of it.
pub(super) fn network(args: &NetworkArgs) -> Result<(), Failure> {
    let config = args.run.stateless_config()?;
    let (name, port) = open_chosen(&config.port)?;
    let stopped = host::stop_flag()?;
    let failed = |error: io::Error| Failure::new(exit::IO, format!("{name}: {error}"));
    let mut client = Client::new(port, None);
    client.connect();
    let (mut walk, mut mesh) = (Walk::new(Scope::All), Mesh::default());
    let mut heard = Instant::now();
    while let Some(question) = walk.question() {
        if stopped.load(Ordering::Relaxed) {
            return Ok(());
        }
        if heard.elapsed() > PATIENCE {
            let reason = "the manager does not answer; try `clouddata-gateway doctor`";
            return Err(Failure::new(exit::UNAVAILABLE, reason));
        }
        let soon = Instant::now() + Duration::from_millis(100);
        match client.next(soon, said).map_err(failed)? {
            Some(Said::Connected) => client.request(&question),
            Some(Said::Answer(answer)) => {
                heard = Instant::now();
                walk.hear(&answer).into_iter().for_each(|found| mesh.add(found));
                if let Some(question) = walk.question() {
                    client.request(&question);
                }
            }
            Some(Said::Other) | None => {}
        }
    }
    let mut out = Output::stdout();
    let written = mesh.write(&mut out).and_then(|()| report::write(&mut out, &mesh));
    written.map_err(|error| Failure::of_output(&error))
}

enum Said {
    Connected,
    Answer(Answer),
    Other,
}

fn said(event: Event<'_>) -> Said {
    match event {
        Event::Connected(_) => Said::Connected,
        Event::Response(response) => answer_of(&response).map_or(Said::Other, Said::Answer),
        _ => Said::Other,
    }
}
