use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use host::{Manual, ServiceCommand};

use super::PROGRAM;
use super::settings::{FILE, Settings};

/// Takes readings over HTTP, stores them, and shows them on a live page.
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version)]
pub(super) struct Arguments {
    #[arg(long, global = true, env = "CLOUDDATA_CONFIG", value_name = "FILE",
          help = format!("Configuration file [default: {}, if there is one]",
                         host::configuration_file(FILE).display()))]
    pub(super) config: Option<PathBuf>,
    #[command(flatten)]
    pub(super) settings: Settings,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print a commented configuration file, or check the one in use.
    Config {
        /// Say whether the configuration is valid, and print what it comes to as such a file.
        #[arg(long)]
        check: bool,
    },
    /// Write stored readings to standard output, also while a server runs.
    Export(Export),
    /// Send readings from a file to a running server.
    ///
    /// CSV has the columns mac, timestamp and temperature, in this order unless its first line
    /// names them in another. The file may be compressed by gzip.
    Import(Import),
    /// Copy the embedded store's database, also while a server runs.
    Backup {
        /// The copy; it must not exist.
        file: PathBuf,
    },
    #[command(flatten)]
    Service(ServiceCommand),
    #[command(flatten)]
    Manual(Manual),
}

#[derive(Debug, Args)]
pub(super) struct Export {
    /// How to write them.
    #[arg(long, default_value = "csv")]
    pub(super) format: FileFormat,
    /// Which quantity: temperature, battery_voltage ... (GET /api/v1/quantities lists them).
    #[arg(long, default_value = "temperature")]
    pub(super) quantity: readings::Quantity,
    /// Only of this mote; may be given several times.
    #[arg(long)]
    pub(super) mac: Vec<readings::Mac>,
    /// Not before: RFC 3339, or a duration before now such as -90m.
    #[arg(long, allow_hyphen_values = true)]
    pub(super) from: Option<String>,
    /// Before, in the same forms.
    #[arg(long, allow_hyphen_values = true)]
    pub(super) to: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The file; - for standard input.
    pub(super) file: PathBuf,
    /// How it is written [default: by the file's name].
    #[arg(long)]
    pub(super) format: Option<FileFormat>,
    /// The server [default: the one on this machine, as configured].
    #[arg(long, value_name = "URL")]
    pub(super) server: Option<String>,
    /// File with the token that the server wants [or CLOUDDATA_TOKEN].
    #[arg(long, value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,
    /// Unit of the times in line protocol.
    #[arg(long, default_value = "us")]
    pub(super) precision: Precision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FileFormat {
    /// `mac,timestamp,temperature`.
    Csv,
    /// An array of objects, or one a line.
    Json,
    /// InfluxDB's line protocol.
    Lp,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Precision {
    /// Nanoseconds.
    Ns,
    /// Microseconds, as export writes them.
    Us,
    /// Milliseconds.
    Ms,
    /// Seconds.
    S,
}
