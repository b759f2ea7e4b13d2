mod arguments;
mod backup;
mod export;
mod import;
mod logging;
mod serve;
mod settings;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use settings::Settings;

/// Exit codes as in sysexits.h.
const USAGE: u8 = 64;
const DATA: u8 = 65;
const UNAVAILABLE: u8 = 69;
const OS_ERROR: u8 = 71;
const IO_ERROR: u8 = 74;
const CONFIGURATION: u8 = 78;

/// Why a command ends, and the exit code that says the same.
struct Failure {
    code: u8,
    error: anyhow::Error,
}

impl Failure {
    fn new(code: u8, error: impl Into<anyhow::Error>) -> Self {
        Self { code, error: error.into() }
    }
}

pub(crate) fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help on standard output, errors on standard error; if that fails, nobody reads it.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    match command(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { code, error }) => {
            tracing::error!("{error:#}");
            ExitCode::from(code)
        }
    }
}

fn command(arguments: Arguments) -> Result<(), Failure> {
    if let Some(Command::Config { check: false }) = arguments.command {
        print!("{}", settings::TEMPLATE);
        return Ok(());
    }
    let loaded = Settings::load(arguments.settings, arguments.config.as_deref());
    let format = loaded.as_ref().ok().and_then(|settings| settings.log_format);
    logging::start(format.unwrap_or_default());
    let settings = loaded.map_err(|error| Failure::new(CONFIGURATION, error))?;
    let config = settings.config().map_err(|error| Failure::new(CONFIGURATION, error))?;
    match arguments.command {
        None => serve::run(&settings, config),
        Some(Command::Config { .. }) => {
            println!("The configuration is valid.");
            println!("{config:#?}");
            Ok(())
        }
        Some(Command::Export(options)) => export::run(&config, &options),
        Some(Command::Import(options)) => import::run(&config, &options),
        Some(Command::Backup { file }) => backup::run(&config, &file),
    }
}
