//! The server on its own: `clouddata-server`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
