//! Loads real servers and engines, each a process of its own on this machine, and prints what they
//! do: `cargo bench -p clouddata-server --bench load -- speed` for the table of speeds, `-- kills`
//! for what is lost when processes are killed under load (nothing). See `--help`.

mod bare;
mod batches;
mod client;
mod cluster;
mod found;
mod kills;
mod network;
mod process;
mod query;
mod readings;
mod sending;
mod singles;
mod site_data;
mod sites;
mod speed;
mod table;
mod targets;
mod wrk;

use core::net::SocketAddr;
use core::time::Duration;
use std::path::PathBuf;

use clap::Parser;

#[derive(Parser)]
enum Command {
    /// Measure requests, batches and queries, and what they cost.
    Speed {
        /// How long each measurement of single requests takes; each is done three times.
        #[arg(long, default_value = "3s", value_parser = humantime::parse_duration)]
        time: Duration,
    },
    /// Measure what a month of a hundred motes' health costs.
    Network,
    /// Measure what a site's page asks of the embedded store, alone and among many sites.
    Sites {
        /// How many.
        #[arg(long, default_value_t = 1000)]
        sites: u32,
        /// Hours of readings that each has.
        #[arg(long, default_value_t = 12)]
        hours: u32,
    },
    /// Ask all sites of the store in this folder: a process of its own, for its memory.
    #[command(hide = true)]
    AskSites { folder: PathBuf },
    /// Kill processes under load, then look for every answered reading.
    Kills {
        /// What is killed.
        #[arg(value_enum)]
        victim: kills::Victim,
        /// How long the load lasts.
        #[arg(long, default_value = "30s", value_parser = humantime::parse_duration)]
        time: Duration,
        /// How often something is killed meanwhile.
        #[arg(long, default_value_t = 5)]
        kills: u32,
        /// Readings a second.
        #[arg(long, default_value_t = 5000)]
        rate: u32,
        /// Seed of the moments of the kills.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Load many servers on one NATS cluster and one VictoriaMetrics, behind nginx, and kill each process in turn.
    Cluster(cluster::Options),
    /// Answer 204 to readings on this address and store nothing: the ceiling of HTTP.
    #[command(hide = true)]
    Bare { listen: SocketAddr },
}

fn main() {
    // Cargo adds --bench when it runs benches, and leaves it out when it tests them.
    if !std::env::args().any(|argument| argument == "--bench")
        && !std::env::args().nth(1).is_some_and(|first| ["bare", "ask-sites"].contains(&&*first))
    {
        return;
    }
    let arguments = std::env::args().filter(|argument| argument != "--bench");
    match Command::parse_from(arguments) {
        Command::Speed { time } => speed::run(time),
        Command::Network => network::run(),
        Command::Sites { sites, hours } => sites::run(sites, hours),
        Command::AskSites { folder } => sites::ask(&folder),
        Command::Kills { victim, time, kills, rate, seed } => {
            kills::run(victim, time, kills, rate, seed);
        }
        Command::Cluster(options) => cluster::run(&options),
        Command::Bare { listen } => bare::run(listen),
    }
}
