use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use readings::network::{Facts, parents};
use readings::{Direction, Link, Mac, Quantity};

use crate::walk::Found;

/// What the walk has found.
#[derive(Debug, Default)]
pub(super) struct Mesh {
    motes: BTreeMap<Mac, BTreeMap<Quantity, f64>>,
    links: Vec<Link>,
}

impl Mesh {
    pub(super) fn add(&mut self, found: Found) {
        match found {
            Found::Motes => {}
            Found::Quantities(mac, values) => {
                self.motes.entry(mac).or_default().extend(values);
            }
            Found::Links(links) => self.links = links,
        }
    }

    /// A line for each mote, and one for the network.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
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
        Ok(())
    }

    /// What a report judges. What only motes say, in their health reports, is not among it.
    pub(super) fn facts(&self) -> BTreeMap<Mac, Facts> {
        let parents = parents(&self.links);
        let facts = self.motes.iter().map(|(&mac, values)| {
            let value = |quantity| values.get(&quantity).copied();
            let facts = Facts {
                is_access_point: value(Quantity::ACCESS_POINT).is_some_and(|is| is > 0.0),
                tx: None,
                packets: value(Quantity::PACKETS_RECEIVED).zip(value(Quantity::PACKETS_LOST)),
                joins: value(Quantity::JOINS),
                good_neighbours: value(Quantity::GOOD_NEIGHBOURS),
                parents: parents.get(&mac).map(BTreeSet::len),
                links: value(Quantity::LINKS),
                links_rx: value(Quantity::LINKS_RX),
            };
            (mac, facts)
        });
        facts.collect()
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
