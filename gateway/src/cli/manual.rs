//! `completions` and `man`: what a package installs beside the program.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::failure::{EX_IOERR, Failure, end};

/// What `completions` can be told.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct CompletionsArgs {
    /// For which shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints a script that completes the command line of `C` in a shell.
pub(super) fn completions<C: CommandFactory>(args: CompletionsArgs) -> ExitCode {
    let mut command = C::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    end(put(&script))
}

/// Prints the manual page of `C`, with its commands.
pub(super) fn man<C: CommandFactory>() -> ExitCode {
    let mut page = Vec::new();
    end(write_page(C::command(), &mut page).map_err(unwritten).and_then(|()| put(&page)))
}

/// One page: the program, then each command as a section of it.
fn write_page(mut command: clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    command.build();
    let man = Man::new(command.clone());
    man.render(page)?;
    for subcommand in command.get_subcommands().filter(|command| command.get_name() != "help") {
        writeln!(page, ".SH \"COMMAND {}\"", subcommand.get_name().to_uppercase())?;
        let man = Man::new(subcommand.clone());
        man.render_description_section(page)?;
        man.render_options_section(page)?;
    }
    Ok(())
}

fn put(text: &[u8]) -> Result<(), Failure> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(unwritten),
    }
}

fn unwritten(error: io::Error) -> Failure {
    Failure::new(EX_IOERR, format!("stdout cannot be written: {error}"))
}
