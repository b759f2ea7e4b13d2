//! The simulator as a program.

mod cli;

use std::io::{self, IsTerminal, Write};
use std::{env, fs, thread};

use anyhow::Context;
use clap::Parser;
use cli::Cli;
use clouddata_simulator::{Report, Simulator};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    log_to_stderr();
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("cannot take signals")?;
    let running = Simulator::start(cli.config())?;
    let stopper = running.stopper();
    thread::spawn(move || {
        if signals.forever().next().is_some() {
            stopper.stop();
        }
    });
    let mut stdout = io::stdout();
    writeln!(stdout, "{}", running.path().display())?;
    stdout.flush()?;

    let report = running.wait()?;
    write_report(&cli, &report).context("cannot write the report")
}

fn log_to_stderr() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    let colour =
        io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    tracing_subscriber::fmt()
        .with_env_filter(filter.from_env_lossy())
        .with_ansi(colour)
        .with_writer(io::stderr)
        .init();
}

fn write_report(cli: &Cli, report: &Report) -> anyhow::Result<()> {
    let mut line = serde_json::to_string(report)?;
    line.push('\n');
    match &cli.report {
        Some(path) => fs::write(path, line)?,
        None => io::stdout().write_all(line.as_bytes())?,
    }
    Ok(())
}
