//! `clouddata`: the whole system in one process. See `clouddata --help`.

mod arguments;
mod system;

use std::process::ExitCode;

use clouddata_gateway::cli;

use crate::arguments::Arguments;

fn main() -> ExitCode {
    let arguments = match cli::parse::<Arguments>() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    cli::init_logging(arguments.log_format);
    match system::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("clouddata: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
