//! The command line of `clouddata-gateway`, and the parts of it that other programs reuse.

mod capture;
mod capture_file;
mod client;
mod config;
mod decode;
mod doctor;
mod network;
mod port_choice;
mod port_folder;
mod ports;
mod print;
mod progress;
mod random;
mod replay;
mod run;
mod settings;
mod spool;

pub use settings::{RunArgs, SettingsError};

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use config::ConfigArgs;
use host::{Failure, LogFormat, Manual, Service, ServiceCommand};

/// As whom it speaks.
const PROGRAM: &str = "clouddata-gateway";

/// As a service it has the settings of the configuration file.
static SERVICE: Service = Service {
    name: PROGRAM,
    title: "clouddata gateway",
    description: "Takes what a SmartMesh IP Manager says to a clouddata server.",
    configuration: settings::FILE,
    template: config::TEMPLATE,
    run: || run::run(&RunArgs::default()),
};

/// Reads a SmartMesh IP Manager on a serial port and posts what it says to a server: temperatures
/// and other samples, health reports, events and paths.
///
/// Readings are acknowledged to the manager when the server has stored them. While the server is
/// away they wait in a spool on disk, and are posted when it is back.
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunArgs,
    /// Print what comes, as a table or JSON lines, instead of taking them to a server; the same as
    /// the command `print`.
    #[arg(long, value_name = "FORMAT", value_enum, num_args = 0..=1, require_equals = true,
          default_missing_value = "table")]
    print: Option<print::PrintFormat>,
    /// How logs are written to stderr.
    #[arg(long, global = true, value_enum, default_value_t, env = "CLOUDDATA_LOG_FORMAT")]
    log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take readings from the manager to the server (the default).
    Run(RunArgs),
    /// Print a configuration file to start from, or check the present one.
    Config(ConfigArgs),
    /// List the serial ports: what each is, which would be used, and what is in the way.
    Ports(ports::PortsArgs),
    /// Explain every octet of frames, good and bad.
    Decode(decode::DecodeArgs),
    /// Record the raw line, with timing, in a file that Wireshark and `decode` read.
    ///
    /// It takes the port for itself, so a running gateway has to be stopped first. What the
    /// manager then reports is acknowledged once it is in the file, and is nowhere else.
    Capture(capture::CaptureArgs),
    /// Play a recording to a gateway, as the manager would.
    Replay(replay::ReplayArgs),
    /// Post random but plausible temperatures of motes that do not exist.
    Random(random::RandomArgs),
    /// Look into the spool: what waits for the server, and what it has refused.
    Spool(spool::SpoolArgs),
    /// Go the way of a reading from the port to the server, and say what to do where it ends.
    Doctor(doctor::DoctorArgs),
    /// Print how the network is: its motes, their parents, signals and losses.
    ///
    /// It takes the port for itself, so a running gateway has to be stopped first. Nothing that
    /// motes report is taken from the manager.
    Network(network::NetworkArgs),
    /// Print what the manager says as a table or JSON lines, without a server.
    ///
    /// Readings, links and events are acknowledged once they are printed, and go nowhere else.
    Print(print::PrintArgs),
    #[command(flatten)]
    Service(ServiceCommand),
    #[command(flatten)]
    Manual(Manual),
}

/// The whole program.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match host::parse::<Cli>() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    host::keep_private();
    host::init_logging(cli.log_format);
    host::end(PROGRAM, cli.log_format, cli.obey())
}

impl Cli {
    fn obey(self) -> Result<(), Failure> {
        let default = match self.print {
            Some(format) => Command::Print(print::PrintArgs::new(format, self.run)),
            None => Command::Run(self.run),
        };
        match self.command.unwrap_or(default) {
            Command::Run(args) => run::run(&args),
            Command::Config(args) => config::config(&args),
            Command::Ports(args) => ports::ports(&args),
            Command::Decode(args) => decode::decode(&args),
            Command::Capture(args) => capture::capture(&args),
            Command::Replay(args) => replay::replay(&args),
            Command::Random(args) => random::random(&args),
            Command::Spool(args) => spool::spool(&args),
            Command::Doctor(args) => doctor::doctor(&args),
            Command::Network(args) => network::network(&args),
            Command::Print(args) => print::print(&args),
            Command::Service(command) => command.obey(&SERVICE),
            Command::Manual(manual) => manual.print::<Self>(),
        }
    }
}
