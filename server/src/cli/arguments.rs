use core::num::NonZeroU32;
use core::str::FromStr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clouddata_server::{Name, Scopes};
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
    /// Add, list, limit and remove sites, also while a server runs.
    #[command(subcommand)]
    Site(SiteCommand),
    /// Add, revoke and list tokens of sites, also while a server runs.
    #[command(subcommand)]
    Token(TokenCommand),
    #[command(flatten)]
    Service(ServiceCommand),
    #[command(flatten)]
    Manual(Manual),
}

#[derive(Debug, Subcommand)]
pub(super) enum SiteCommand {
    /// Add a site; its page and API are at /s/NAME/.
    Add {
        /// What it is called: a to z, 0 to 9 and -.
        name: Name,
        /// Everybody may look, without a token.
        #[arg(long)]
        public: bool,
        #[command(flatten)]
        limits: LimitOptions,
    },
    /// List the sites with their limits.
    List,
    /// Change who may look at a site, and what it may take.
    Limit {
        /// The site.
        name: Name,
        /// Everybody may look, without a token.
        #[arg(long, conflicts_with = "private")]
        public: bool,
        /// Only holders of its tokens may look.
        #[arg(long)]
        private: bool,
        #[command(flatten)]
        limits: LimitOptions,
    },
    /// Remove a site with its tokens and all that is stored of it.
    Remove {
        /// The site.
        name: Name,
    },
    /// Copy the file that knows the sites and their tokens; the readings are copied by backup.
    Backup {
        /// The copy; it must not exist.
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token and print it, this once.
    Add {
        /// The site; "default" is what a server without sites is.
        site: Name,
        /// What the token is called there; a gateway is known by it.
        name: Name,
        /// What its holder may do: write, read, admin, or several with commas between them.
        #[arg(long, default_value = "write")]
        scope: Scopes,
    },
    /// Take a token back: whoever has it is refused within a second.
    Revoke {
        /// The site.
        site: Name,
        /// The token's name.
        name: Name,
    },
    /// List a site's tokens, without what is secret.
    List {
        /// The site.
        site: Name,
    },
}

/// What a site may take of the server: a number, or none for as much as there is.
#[derive(Debug, Args)]
pub(super) struct LimitOptions {
    /// Readings, links and events that it may send a second, on average.
    #[arg(long, value_name = "N|none")]
    pub(super) readings_per_second: Option<Limit>,
    /// Motes; readings of further ones are refused.
    #[arg(long, value_name = "N|none")]
    pub(super) motes: Option<Limit>,
    /// Readings, links and events that are kept; more are not taken until older ones have gone.
    #[arg(long, value_name = "N|none")]
    pub(super) stored_readings: Option<Limit>,
    /// Streams at a time: browsers that look at its page, mostly.
    #[arg(long, value_name = "N|none")]
    pub(super) streams: Option<Limit>,
    /// Stored readings that its queries may look at a second, on average.
    #[arg(long, value_name = "N|none")]
    pub(super) queried_per_second: Option<Limit>,
}

/// A number, or none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit(pub(super) Option<NonZeroU32>);

impl FromStr for Limit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" {
            return Ok(Self(None));
        }
        let number = text.parse().map_err(|_| "neither a number from 1 to 4294967295 nor none");
        number.map(|number| Self(Some(number)))
    }
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
