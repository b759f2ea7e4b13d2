use core::net::SocketAddr;
use core::time::Duration;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clouddata_gateway::port::{EXAMPLE, PortChoice};
use host::{ListenAddress, LogFormat, Manual};

/// From a SmartMesh IP starter kit to a live page: reads the manager's serial port, stores its
/// motes' temperatures, and shows them.
///
/// Without --simulate or --port it looks for the manager's port by what USB says of it, and never
/// writes to any other.
#[derive(Debug, Parser)]
#[command(name = "clouddata", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Simulate a manager with motes, on a port that is read like any manager's.
    #[arg(long, conflicts_with = "port")]
    pub(crate) simulate: bool,
    /// How many motes are simulated.
    #[arg(long, value_name = "N", default_value = "5", requires = "simulate",
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) motes: u16,
    /// How often each simulated mote reports.
    #[arg(long, value_name = "TIME", default_value = "2s", requires = "simulate",
          value_parser = host::some_time)]
    pub(crate) period: Duration,
    #[arg(long, value_name = "PORT", env = "CLOUDDATA_PORT",
          help = format!("The manager's port, such as {EXAMPLE}, or tcp:HOST:PORT where a \
                          ser2net, say, serves it"))]
    pub(crate) port: Option<PortChoice>,
    /// Where the live page and the readings are served.
    #[arg(long, value_name = "ADDR:PORT", env = "CLOUDDATA_LISTEN",
          default_value_t = ListenAddress(SocketAddr::from(([127, 0, 0, 1], 8080))))]
    pub(crate) listen: ListenAddress,
    #[arg(long, value_name = "DIR", env = "CLOUDDATA_DATA_DIR",
          help = format!("Where readings are stored. A kit's and simulated ones are never in one \
                          folder [default: {}, or clouddata-simulated beside it]",
                         host::state_folder_for_people("clouddata")))]
    pub(crate) data_dir: Option<PathBuf>,
    /// How long readings are kept.
    #[arg(long, value_name = "TIME", env = "CLOUDDATA_RETENTION", default_value = "12h",
          value_parser = host::some_time)]
    pub(crate) retention: Duration,
    /// How logs are written to stderr.
    #[arg(long, value_enum, default_value_t, env = "CLOUDDATA_LOG_FORMAT")]
    pub(crate) log_format: LogFormat,
}

/// What it does instead of running the system.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask a server on this machine how it is, and exit with 0 if it can store readings.
    Health {
        /// Where it listens.
        #[arg(long, value_name = "ADDR:PORT", env = "CLOUDDATA_LISTEN",
              default_value_t = ListenAddress(SocketAddr::from(([127, 0, 0, 1], 8080))))]
        listen: ListenAddress,
    },
    #[command(flatten)]
    Manual(Manual),
}
