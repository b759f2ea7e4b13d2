//! `completions` and `man`: what a package installs beside the program.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Arg, Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::RunArgs;
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

/// One page: the program, then each command. The settings that many commands share are told once,
/// with the program.
fn write_page(mut command: clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    command.build();
    Man::new(command.clone()).render(page)?;
    writeln!(page, ".SH COMMANDS")?;
    for subcommand in command.get_subcommands() {
        write_command(subcommand, subcommand.get_name(), page)?;
    }
    Ok(())
}

fn write_command(command: &clap::Command, name: &str, page: &mut Vec<u8>) -> io::Result<()> {
    if command.get_name() == "help" {
        return Ok(());
    }
    let settings = RunArgs::augment_args(clap::Command::new("settings"));
    let is_in = |command: &clap::Command, arg: &Arg| {
        command.get_arguments().any(|other| other.get_id() == arg.get_id())
    };
    let takes_settings = settings.get_arguments().all(|setting| is_in(command, setting));
    let own = command.clone().mut_args(|arg| {
        let is_told = arg.is_global_set()
            || matches!(arg.get_id().as_str(), "help" | "version")
            || (takes_settings && is_in(&settings, &arg));
        arg.hide(is_told)
    });
    writeln!(page, ".SS \"{name}\"")?;
    let man = Man::new(own.clone());
    write_without_heading(page, |section| man.render_description_section(section))?;
    if own.get_arguments().any(|arg| !arg.is_hide_set()) {
        write_without_heading(page, |section| man.render_options_section(section))?;
    }
    if takes_settings {
        writeln!(page, ".PP\nIt takes the settings of OPTIONS, too.")?;
    }
    for subcommand in command.get_subcommands() {
        write_command(subcommand, &format!("{name} {}", subcommand.get_name()), page)?;
    }
    Ok(())
}

/// A section as paragraphs of the one that it is in.
fn write_without_heading(
    page: &mut Vec<u8>,
    render: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
) -> io::Result<()> {
    let mut section = Vec::new();
    render(&mut section)?;
    for line in String::from_utf8_lossy(&section).lines().filter(|line| !line.starts_with(".SH")) {
        writeln!(page, "{line}")?;
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
