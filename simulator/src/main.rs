//! `clouddata-simulator`; see `clouddata-simulator --help`.

mod cli;
mod logging;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::thread;

use clap::Parser;
use cli::Cli;
use clouddata_simulator::{Report, RunError, Simulator, StartError};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use thiserror::Error;

fn main() -> ExitCode {
    const EX_USAGE: u8 = 64;
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // If not even that can be printed, nobody is there to be told.
            let _ = error.print();
            return if error.use_stderr() { EX_USAGE.into() } else { ExitCode::SUCCESS };
        }
    };
    logging::init(cli.log_format);
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("clouddata-simulator: {error}");
            error.exit_code().into()
        }
    }
}

/// Works until a signal comes or the duration is over, then reports.
fn run(cli: &Cli) -> Result<(), Failure> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(Failure::Signals)?;
    let running = Simulator::start(cli.config())?;
    let stopper = running.stopper();
    thread::spawn(move || {
        for _ in signals.forever() {
            stopper.stop();
        }
    });
    let mut stdout = io::stdout();
    writeln!(stdout, "{}", running.path().display()).map_err(Failure::Output)?;
    stdout.flush().map_err(Failure::Output)?;
    let report = running.wait()?;
    write_report(cli.report.as_deref(), &report).map_err(Failure::Output)
}

fn write_report(path: Option<&Path>, report: &Report) -> io::Result<()> {
    let line = format!("{}\n", serde_json::to_string(report)?);
    match path {
        Some(path) => fs::write(path, line),
        None => io::stdout().write_all(line.as_bytes()),
    }
}

#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("signals cannot be handled: {0}")]
    Signals(#[source] io::Error),
    #[error("port or report cannot be written: {0}")]
    Output(#[source] io::Error),
}

impl Failure {
    /// The exit code that says the same, after sysexits.h.
    fn exit_code(&self) -> u8 {
        const EX_USAGE: u8 = 64;
        const EX_SOFTWARE: u8 = 70;
        const EX_OSERR: u8 = 71;
        const EX_CANTCREAT: u8 = 73;
        const EX_IOERR: u8 = 74;
        match self {
            Self::Start(
                StartError::Settings(_) | StartError::Probability { .. } | StartError::Replug,
            ) => EX_USAGE,
            Self::Start(StartError::Link { .. } | StartError::Ledger { .. }) => EX_CANTCREAT,
            Self::Start(_) | Self::Signals(_) => EX_OSERR,
            Self::Run(RunError::Panicked) => EX_SOFTWARE,
            Self::Run(_) | Self::Output(_) => EX_IOERR,
        }
    }
}
