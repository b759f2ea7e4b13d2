use std::io::{self, Write};

use clap::{Arg, Command, CommandFactory, Subcommand};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::{Failure, exit, print};

/// What a package installs beside a program, as the program prints it.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Manual {
    /// Print a script that completes this program's command line in a shell.
    Completions {
        /// For which shell.
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print this program's manual page.
    Man,
}

impl Manual {
    /// Prints it for the program whose command line is `C`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn print<C: CommandFactory>(self) -> Result<(), Failure> {
        let mut text = Vec::new();
        let mut command = C::command();
        match self {
            Self::Completions { shell } => {
                let name = command.get_name().to_owned();
                clap_complete::generate(shell, &mut command, name, &mut text);
            }
            Self::Man => {
                write_page(command, &mut text).map_err(|error| Failure::of_output(&error))?;
            }
        }
        print(String::from_utf8_lossy(&text))
    }
}

/// One page: the program, each command, and what it exits with. What commands share with the
/// program is told once, with the program.
fn write_page(mut program: Command, page: &mut Vec<u8>) -> io::Result<()> {
    program.build();
    Man::new(program.clone()).render(page)?;
    if program.get_subcommands().next().is_some() {
        writeln!(page, ".SH COMMANDS")?;
    }
    for command in program.get_subcommands() {
        write_command(&program, command, command.get_name(), page)?;
    }
    writeln!(page, ".SH \"EXIT STATUS\"")?;
    for (code, said) in exit::TABLE {
        writeln!(page, ".TP\n{code}\n{}", said.trim())?;
    }
    Ok(())
}

fn write_command(
    program: &Command,
    command: &Command,
    name: &str,
    page: &mut Vec<u8>,
) -> io::Result<()> {
    if command.get_name() == "help" {
        return Ok(());
    }
    let is_told = |arg: &Arg| {
        program.get_arguments().any(|told| {
            told.get_id() == arg.get_id()
                && told.get_help().map(ToString::to_string)
                    == arg.get_help().map(ToString::to_string)
        })
    };
    let own = command.clone().mut_args(|arg| {
        let hidden = is_told(&arg) || matches!(arg.get_id().as_str(), "help" | "version");
        arg.hide(hidden)
    });
    writeln!(page, ".SS \"{name}\"")?;
    let man = Man::new(own.clone());
    write_without_heading(page, |section| man.render_description_section(section))?;
    if own.get_arguments().any(|arg| !arg.is_hide_set()) {
        write_without_heading(page, |section| man.render_options_section(section))?;
    }
    if command.get_arguments().any(|arg| !arg.is_global_set() && is_told(arg)) {
        writeln!(page, ".PP\nIt takes the settings of OPTIONS, too.")?;
    }
    for subcommand in command.get_subcommands() {
        let name = format!("{name} {}", subcommand.get_name());
        write_command(program, subcommand, &name, page)?;
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
