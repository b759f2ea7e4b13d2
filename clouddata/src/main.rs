//! `clouddata`: the whole system in one process. See `clouddata --help`.

// Stdout and stderr may be full or closed; see `host::print`.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod arguments;
mod data_folder;
mod health;
mod system;

use std::process::ExitCode;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = match host::parse::<Arguments>() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    host::keep_private();
    host::init_logging(arguments.log_format);
    let done = match arguments.command {
        Some(Command::Health { listen }) => health::print(listen),
        Some(Command::Manual(manual)) => manual.print::<Arguments>(),
        None => system::run(&arguments),
    };
    host::end("clouddata", arguments.log_format, done)
}
