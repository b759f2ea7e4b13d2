use clap::error::ErrorKind;
use clap::{ArgMatches, Command, Error, FromArgMatches, Subcommand};

use crate::{Failure, Service};

/// The commands that make a program a service: none, as systemd's units do that.
#[derive(Clone, Copy, Debug)]
pub enum ServiceCommand {}

impl ServiceCommand {
    /// Does nothing, as it cannot be.
    ///
    /// # Errors
    /// None.
    pub const fn obey(self, _: &'static Service) -> Result<(), Failure> {
        match self {}
    }
}

impl FromArgMatches for ServiceCommand {
    fn from_arg_matches(_: &ArgMatches) -> Result<Self, Error> {
        Err(Error::new(ErrorKind::InvalidSubcommand))
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), Error> {
        match *self {}
    }
}

impl Subcommand for ServiceCommand {
    fn augment_subcommands(command: Command) -> Command {
        command
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        command
    }

    fn has_subcommand(_: &str) -> bool {
        false
    }
}
