//! `spool`: what waits for the server, also while a gateway runs.

mod export;
mod file;
mod retry;
mod stat;
mod verify;

use std::io::{BufWriter, Write};

use clap::{Args, Subcommand, ValueEnum};
use host::{Failure, Output, exit};
use readings::Kind;

use super::RunArgs;
use export::Format;
use file::{ALL, DEAD_LETTERS, FileError, SpoolFile};

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
    /// Every record, also those that the server has refused, and those without a time of this
    /// machine, which carry the manager's.
    Export {
        /// How they are written. The JSON is an array of what a server takes, and a bit more.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// Only what the server has refused, with its reasons.
        #[arg(long)]
        dead: bool,
        /// Only records of one kind, which have a path of a server to themselves. Default: all
        #[arg(long, value_enum)]
        kind: Option<OneKind>,
        #[command(flatten)]
        run: RunArgs,
    },
    /// Put what the server has refused back in the queue. A running gateway takes it up.
    Retry {
        /// Only those with this text in their reason, as `stat` shows it. Default: all
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        run: RunArgs,
    },
    /// Check every page and every record; ends with 65 if something is damaged.
    Verify(RunArgs),
}

/// A kind of record.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum OneKind {
    Readings,
    Links,
    Events,
}

impl From<OneKind> for Kind {
    fn from(kind: OneKind) -> Self {
        match kind {
            OneKind::Readings => Self::Readings,
            OneKind::Links => Self::Links,
            OneKind::Events => Self::Events,
        }
    }
}

/// Looks into the spool, and changes it only by `retry`.
pub(super) fn spool(args: &SpoolArgs) -> Result<(), Failure> {
    let (Action::Stat(run)
    | Action::Export { run, .. }
    | Action::Retry { run, .. }
    | Action::Verify(run)) = &args.action;
    let config = run.config()?;
    let (directory, limit) = (&config.state_dir, config.spool_limit);
    let mut out = BufWriter::new(Output::stdout());
    let done = match &args.action {
        Action::Stat(_) => {
            SpoolFile::open(directory).and_then(|file| stat::stat(&file, limit, &mut out))
        }
        Action::Export { format, dead, kind, .. } => SpoolFile::open(directory).and_then(|file| {
            let tables = if *dead { &[DEAD_LETTERS][..] } else { &ALL };
            let kind = kind.map(Kind::from);
            export::export(&file, tables, kind, *format, &mut out)
        }),
        Action::Retry { reason, .. } => SpoolFile::open_to_write(directory)
            .and_then(|mut file| retry::retry(&mut file, limit, reason.as_deref(), &mut out)),
        Action::Verify(_) => {
            SpoolFile::open(directory).and_then(|file| verify::verify(&file, &mut out))
        }
    };
    done.and_then(|()| Ok(out.flush()?)).map_err(explain)
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
