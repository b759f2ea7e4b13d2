use std::io::{self, Write};
use std::process::ExitCode;

use clap::builder::Resettable;
use clap::{Arg, Command, CommandFactory, FromArgMatches};

use crate::{Failure, exit};

/// Reads the command line and the environment. What cannot be read is said on stderr; help and
/// version are printed.
///
/// # Errors
/// What to exit with, as the program is at its end.
pub fn parse<C: CommandFactory + FromArgMatches>() -> Result<C, ExitCode> {
    let mut command = without_empty_variables(C::command());
    let program = command.get_name().to_owned();
    let parsed = command
        .try_get_matches_from_mut(std::env::args_os())
        .and_then(|mut matches| C::from_arg_matches_mut(&mut matches))
        .map_err(|error| error.format(&mut command));
    parsed.map_err(|error| {
        let printed = error.print().and_then(|()| io::stdout().flush());
        if error.use_stderr() {
            // If not even that can be said, nobody is there to be told.
            return ExitCode::from(exit::USAGE);
        }
        match printed {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let failure = Failure::of_output(&error);
                failure.tell(&program);
                ExitCode::from(failure.code())
            }
            _ => ExitCode::SUCCESS,
        }
    })
}

/// A setting in an empty variable is as not set; clap would take it for an empty value.
fn without_empty_variables(command: Command) -> Command {
    let unless_empty = |arg: Arg| {
        let value = arg.get_env().and_then(std::env::var_os);
        if value.is_some_and(|value| value.is_empty()) {
            return arg.env(Resettable::Reset);
        }
        arg
    };
    command.mut_args(unless_empty).mut_subcommands(without_empty_variables)
}
