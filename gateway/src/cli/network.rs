//! `network`: how the mesh is, as the manager knows it.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Instant;

use clap::Args;
use host::{Failure, Output, exit};
use manager_core::session::Event;
use readings::{Direction, Link, Mac, Quantity};

use super::RunArgs;
use super::client::Client;
use super::port_choice::open_chosen;
use crate::walk::{Answer, Found, Scope, Walk, answer_of};

/// Without an answer for so long there is none.
const PATIENCE: Duration = Duration::from_secs(30);

/// What `network` can be told.
#[derive(Args, Clone, Debug)]
pub(super) struct NetworkArgs {
    #[command(flatten)]
    run: RunArgs,
}

/// Walks once through what the manager knows, and prints it.
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
    mesh.write(&mut Output::stdout()).map_err(|error| Failure::of_output(&error))
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

/// What the walk has found.
#[derive(Debug, Default)]
struct Mesh {
    motes: BTreeMap<Mac, BTreeMap<Quantity, f64>>,
    links: Vec<Link>,
}

impl Mesh {
    fn add(&mut self, found: Found) {
        match found {
            Found::Motes => {}
            Found::Quantities(mac, values) => {
                self.motes.entry(mac).or_default().extend(values);
            }
            Found::Links(links) => self.links = links,
        }
    }

    /// A line for each mote, and one for the network.
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "{:<23}  {:>3}  {:<11}  {:>4}  {:>5}  {:>8}  {:>4}  parents",
            "mote", "id", "state", "hops", "joins", "received", "lost"
        )?;
        for (mac, values) in &self.motes {
            let number = |quantity: Quantity| {
                values.get(&quantity).map_or_else(|| "-".to_owned(), f64::to_string)
            };
            let state =
                match (number(Quantity::ACCESS_POINT).as_str(), number(Quantity::MOTE_STATE)) {
                    ("1", _) => "access point".to_owned(),
                    (_, state) => state_name(&state),
                };
            let parents: Vec<String> = self.parents(*mac).collect();
            writeln!(
                out,
                "{:<23}  {:>3}  {:<11}  {:>4}  {:>5}  {:>8}  {:>4}  {}",
                mac.to_string(),
                number(Quantity::MOTE_ID),
                state,
                number(Quantity::HOP_DEPTH),
                number(Quantity::JOINS),
                number(Quantity::PACKETS_RECEIVED),
                number(Quantity::PACKETS_LOST),
                parents.join(", "),
            )?;
        }
        let network =
            self.motes.values().find(|values| values.contains_key(&Quantity::NETWORK_MOTES));
        let value = |quantity| network.and_then(|values| values.get(&quantity));
        if let Some(motes) = value(Quantity::NETWORK_MOTES) {
            write!(out, "{motes} motes are in the network")?;
            for (quantity, what) in [
                (Quantity::NETWORK_RELIABILITY, "arrive"),
                (Quantity::NETWORK_STABILITY, "are acknowledged at once"),
            ] {
                if let Some(percent) = value(quantity) {
                    write!(out, ", {percent} % of packets {what}")?;
                }
            }
            writeln!(out)?;
        }
        out.flush()
    }

    /// Those that the mote sends to, with how well.
    fn parents(&self, mac: Mac) -> impl Iterator<Item = String> {
        let is_parent =
            move |link: &&Link| link.mac == mac && link.direction == Some(Direction::Upstream);
        self.links.iter().filter(is_parent).map(|link| {
            let signal = link.rssi.map(|rssi| format!("{rssi} dBm"));
            let quality = link.quality.map(|quality| format!("{quality} %"));
            let said: Vec<String> = signal.into_iter().chain(quality).collect();
            format!("{} ({})", link.neighbour, said.join(" "))
        })
    }
}

fn state_name(number: &str) -> String {
    match number {
        "0" => "lost",
        "1" => "negotiating",
        "4" => "operational",
        other => other,
    }
    .to_owned()
}
