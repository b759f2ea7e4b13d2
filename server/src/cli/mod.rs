mod arguments;
mod backup;
mod database;
mod export;
mod import;
mod registry;
mod serve;
mod settings;
mod site;
mod token;

use std::process::ExitCode;

use host::{Failure, LogFormat, Service, exit};

use arguments::{Arguments, Command};
use settings::Settings;

/// As whom it speaks.
const PROGRAM: &str = "clouddata-server";

/// As a service it has the settings of the configuration file.
static SERVICE: Service = Service {
    name: PROGRAM,
    title: "clouddata server",
    description: "Stores the readings of SmartMesh IP networks and shows them on a page.",
    configuration: settings::FILE,
    template: settings::TEMPLATE,
    run: || {
        let settings = Settings::default().load(None).map_err(|error| unusable(&error))?;
        obey(None, &settings)
    },
};

pub(crate) fn run() -> ExitCode {
    let arguments = match host::parse::<Arguments>() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    host::keep_private();
    let (logs, done) = command(arguments);
    host::end(PROGRAM, logs, done)
}

/// Does what it is told. Also says how logs are written, which the settings tell.
fn command(arguments: Arguments) -> (LogFormat, Result<(), Failure>) {
    let logs = arguments.settings.log_format.unwrap_or_default();
    match arguments.command {
        Some(Command::Config { check: false }) => {
            return (logs, host::print(host::template(settings::TEMPLATE)));
        }
        Some(Command::Manual(manual)) => return (logs, manual.print::<Arguments>()),
        Some(Command::Service(command)) => {
            host::init_logging(logs);
            return (logs, command.obey(&SERVICE));
        }
        _ => {}
    }
    let settings = match Settings::load(arguments.settings, arguments.config.as_deref()) {
        Ok(settings) => settings,
        Err(error) => {
            host::init_logging(logs);
            return (logs, Err(unusable(&error)));
        }
    };
    let logs = settings.log_format.unwrap_or_default();
    host::init_logging(logs);
    (logs, obey(arguments.command, &settings))
}

fn obey(command: Option<Command>, settings: &Settings) -> Result<(), Failure> {
    let config = settings.config().map_err(|error| unusable(&error))?;
    settings::check_built(&config).map_err(|error| unusable(&error))?;
    match command {
        None => serve::run(settings, config),
        Some(Command::Config { .. }) => host::print(settings.effective(&config)),
        Some(Command::Export(options)) => export::run(&config, &options),
        Some(Command::Import(options)) => import::run(&config, &options),
        Some(Command::Backup { file }) => backup::run(&config, &file),
        Some(Command::Site(command)) => site::run(&config, command),
        Some(Command::Token(command)) => token::run(&config, command),
        Some(Command::Service(command)) => command.obey(&SERVICE),
        Some(Command::Manual(manual)) => manual.print::<Arguments>(),
    }
}

fn unusable(error: &anyhow::Error) -> Failure {
    Failure::new(exit::CONFIGURATION, told(error))
}

/// An error with its causes, each once: some say their cause themselves.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let cause = || std::io::Error::other("no such file");
        let known = anyhow::Error::from(cause()).context("cannot read a: no such file");
        assert_eq!(told(&known), "cannot read a: no such file");
        let unknown = Err::<(), _>(cause()).context("cannot read a").unwrap_err();
        assert_eq!(told(&unknown), "cannot read a: no such file");
    }
}
