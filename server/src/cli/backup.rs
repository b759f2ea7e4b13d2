use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use clouddata_server::{Config, Embedded, OpenError, StoreChoice};
use host::{Failure, exit};
use rusqlite::ErrorCode;

use super::database::database;

pub(super) fn run(config: &Config, file: &Path) -> Result<(), Failure> {
    if !matches!(config.store, StoreChoice::Embedded) {
        let reason = "only the embedded store is backed up here; use the engine's own means";
        return Err(Failure::new(exit::USAGE, reason));
    }
    copy(&database(config)?, file)
}

/// Copies a database that may be written to meanwhile.
pub(super) fn copy(database: &Path, file: &Path) -> Result<(), Failure> {
    make(file)?;
    if let Err(error) = Embedded::back_up(database, file) {
        // What is there is no copy.
        let _ = fs::remove_file(file);
        return Err(blame(file, &error));
    }
    host::print(format_args!("{} is copied to {}\n", database.display(), file.display()))
}

/// Makes the copy's file, empty as SQLite wants it. It is the user's alone, as all that the program
/// makes: whoever may read it reads all readings.
fn make(file: &Path) -> Result<(), Failure> {
    let made = OpenOptions::new().write(true).create_new(true).open(file);
    made.map(drop).map_err(|error| {
        let file = file.display();
        let reason = match error.kind() {
            io::ErrorKind::AlreadyExists => {
                format!("{file} exists already, and nothing is written over; name another file")
            }
            _ => format!("{file} cannot be made: {error}"),
        };
        Failure::new(exit::CANNOT_CREATE, reason)
    })
}

/// SQLite names the file that it reads, whichever of the two is at fault.
fn blame(file: &Path, error: &OpenError) -> Failure {
    let OpenError::Database { source, .. } = error else {
        return Failure::new(exit::IO, error);
    };
    match source.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => {
            let file = file.display();
            Failure::new(exit::IO, format_args!("{file} cannot be written: {source}"))
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Failure::new(exit::DATA, error)
        }
        _ => Failure::new(exit::IO, error),
    }
}
