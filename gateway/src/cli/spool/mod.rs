//! `spool`: what waits for the server, also while a gateway runs.

mod export;
mod file;
mod stat;
mod verify;

use std::io::{BufWriter, Write};

use clap::{Args, Subcommand};
use host::{Failure, Output, exit};

use super::RunArgs;
use export::Format;
use file::{FileError, SpoolFile};

/// What `spool` can be told.
#[derive(Args, Clone, Debug)]
pub(super) struct SpoolArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// How much waits, since when, and what the server has refused.
    Stat(RunArgs),
    /// Every reading, also those that the server has refused, and those without a time of this
    /// machine, which carry the manager's.
    Export {
        /// How they are written. The JSON is an array of what a server takes, and a bit more.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        #[command(flatten)]
        run: RunArgs,
    },
    /// Check every page and every reading; ends with 65 if something is damaged.
    Verify(RunArgs),
}

/// Looks into the spool without changing it.
pub(super) fn spool(args: &SpoolArgs) -> Result<(), Failure> {
    let (Action::Stat(run) | Action::Export { run, .. } | Action::Verify(run)) = &args.action;
    let config = run.config()?;
    let file = SpoolFile::open(&config.state_dir).map_err(explain)?;
    let mut out = BufWriter::new(Output::stdout());
    let looked = match &args.action {
        Action::Stat(_) => stat::stat(&file, config.spool_limit, &mut out),
        Action::Export { format, .. } => export::export(&file, *format, &mut out),
        Action::Verify(_) => verify::verify(&file, &mut out),
    };
    looked.and_then(|()| Ok(out.flush()?)).map_err(explain)
}

fn explain(error: FileError) -> Failure {
    let code = match error {
        FileError::Missing { .. } => exit::NO_INPUT,
        FileError::NotPermitted { .. } => exit::NO_PERMISSION,
        FileError::Damaged { .. } => exit::DATA,
        FileError::Sqlite { .. } | FileError::Output(_) => exit::IO,
    };
    Failure::new(code, error.to_string())
}
