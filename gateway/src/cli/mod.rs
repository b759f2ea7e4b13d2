//! The command line of `clouddata-gateway`, and the parts of it that other programs reuse.

mod logging;
mod ports;
mod run;

pub use logging::{LogFormat, init_logging};
pub use run::{RunArgs, StopOnSignal};

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Reads a SmartMesh IP Manager on a serial port and posts its motes' temperatures to a server.
///
/// Readings are acknowledged to the manager when the server has stored them. While the server is
/// away they wait in a spool on disk, and are posted when it is back.
#[derive(Debug, Parser)]
#[command(name = "clouddata-gateway", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunArgs,
    /// How logs are written to stderr.
    #[arg(long, global = true, value_enum, default_value_t, env = "CLOUDDATA_LOG_FORMAT")]
    log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take readings from the manager to the server (the default).
    Run(RunArgs),
    /// List the serial ports, what each is, and which would be used.
    Ports,
}

/// The whole program.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    init_logging(cli.log_format);
    match cli.command.unwrap_or(Command::Run(cli.run)) {
        Command::Run(args) => run::run(args),
        Command::Ports => ports::ports(),
    }
}
