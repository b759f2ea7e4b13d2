//! `clouddata-simulator`; see `clouddata-simulator --help`.

// Stdout and stderr may be full or closed; see `host::print`.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod cli;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use cli::Cli;
use clouddata_simulator::{Report, RunError, Simulator, StartError};
use host::{Failure, OnSignal, exit};

fn main() -> ExitCode {
    let cli = match host::parse::<Cli>() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    host::init_logging(cli.log_format);
    let done = match cli.manual {
        Some(manual) => manual.print::<Cli>(),
        None => run(&cli),
    };
    host::end("clouddata-simulator", cli.log_format, done)
}

/// Works until a signal comes or the duration is over, then reports.
fn run(cli: &Cli) -> Result<(), Failure> {
    let running = Simulator::start(cli.config()).map_err(not_started)?;
    let stopper = running.stopper();
    let signals = OnSignal::to_stop(move || stopper.stop())?;
    host::print(format_args!("{}\n", running.port()))?;
    let report = running.wait().map_err(not_finished)?;
    drop(signals);
    write_report(cli.report.as_deref(), &report)
}

fn write_report(path: Option<&Path>, report: &Report) -> Result<(), Failure> {
    let line =
        serde_json::to_string(report).map_err(|error| Failure::new(exit::SOFTWARE, error))?;
    let line = format!("{line}\n");
    match path {
        Some(path) => fs::write(path, line).map_err(|error| {
            let path = path.display();
            Failure::new(exit::IO, format_args!("the report {path} cannot be written: {error}"))
        }),
        None => host::print(line),
    }
}

fn not_started(error: StartError) -> Failure {
    let code = match error {
        StartError::Settings(_)
        | StartError::Probability { .. }
        | StartError::Replug
        | StartError::LinkToSocket => exit::USAGE,
        StartError::Listen { .. } => exit::UNAVAILABLE,
        StartError::Link { .. } | StartError::Ledger { .. } => exit::CANNOT_CREATE,
        _ => exit::OS,
    };
    Failure::new(code, error)
}

fn not_finished(error: RunError) -> Failure {
    let code = match error {
        RunError::Io(_) => exit::IO,
        _ => exit::SOFTWARE,
    };
    Failure::new(code, error)
}
