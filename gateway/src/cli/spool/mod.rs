//! `spool`: what waits for the server, also while a gateway runs.

mod export;
mod file;
mod stat;
mod verify;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::RunArgs;
use super::failure::{EX_DATAERR, EX_IOERR, EX_NOINPUT, EX_NOPERM, Failure, end};
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
pub(super) fn spool(args: &SpoolArgs) -> ExitCode {
    end(look(args))
}

fn look(args: &SpoolArgs) -> Result<(), Failure> {
    let (Action::Stat(run) | Action::Export { run, .. } | Action::Verify(run)) = &args.action;
    let config = run.config().map_err(|error| Failure::of_settings(&error))?;
    let file = SpoolFile::open(&config.state_dir).map_err(explain)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let looked = match &args.action {
        Action::Stat(_) => stat::stat(&file, config.spool_limit, &mut out),
        Action::Export { format, .. } => export::export(&file, *format, &mut out),
        Action::Verify(_) => verify::verify(&file, &mut out),
    };
    match looked.and_then(|()| Ok(out.flush()?)) {
        // Who reads has seen enough.
        Err(FileError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(explain),
    }
}

fn explain(error: FileError) -> Failure {
    let code = match error {
        FileError::Missing { .. } => EX_NOINPUT,
        FileError::NotPermitted { .. } => EX_NOPERM,
        FileError::Damaged { .. } => EX_DATAERR,
        FileError::Sqlite { .. } | FileError::Output(_) => EX_IOERR,
    };
    Failure::new(code, error.to_string())
}
