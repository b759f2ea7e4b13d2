//! The server on its own: `clouddata-server`.

// Stdout and stderr may be full or closed; see `host::print`.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
