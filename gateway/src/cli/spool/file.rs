use std::io;
use std::path::{Path, PathBuf};

use readings::{Mac, Timestamp};
use rusqlite::{Connection, ErrorCode, OpenFlags, Row};
use thiserror::Error;

use crate::brief::brief;
use crate::spool::{FILE, UNKNOWN_TIME};

/// Entries that are read at once. Between two reads nothing keeps a gateway from bringing its
/// journal into the file: whoever reads slowly must not make it grow.
const ENTRIES: usize = 1000;

/// A spool that may be in use by a gateway at the same time.
#[derive(Debug)]
pub(super) struct SpoolFile {
    connection: Connection,
    path: PathBuf,
}

/// The spool cannot be looked at.
#[derive(Debug, Error)]
pub(super) enum FileError {
    #[error("there is no spool at {path}: nothing has been spooled there", path = path.display())]
    Missing { path: PathBuf },
    #[error("the spool {path} is not permitted: try with sudo, or as the gateway's user", path = path.display())]
    NotPermitted { path: PathBuf },
    #[error("the spool {path} is damaged: {reason}; a gateway will set it aside and begin another", path = path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("the spool {path}: {source}", path = path.display())]
    Sqlite { path: PathBuf, source: rusqlite::Error },
    #[error("stdout cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// A row of the spool.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) mac: Mac,
    /// `None` if it never had a time.
    pub(super) timestamp: Option<Timestamp>,
    pub(super) temperature: f64,
    pub(super) state: State,
}

/// Why a reading is in the spool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It waits for the server.
    Waiting,
    /// It waits for this machine's clock to be right.
    Undated,
    /// The server will never take it: why.
    Refused(String),
}

impl State {
    /// Whether its time is on the manager's clock: no server must take it for the world's.
    pub(super) fn is_on_managers_clock(&self) -> bool {
        match self {
            Self::Waiting => false,
            Self::Undated => true,
            Self::Refused(reason) => reason == UNKNOWN_TIME,
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Undated => "undated",
            Self::Refused(_) => "refused",
        }
    }
}

impl SpoolFile {
    /// To be read only.
    pub(super) fn open(directory: &Path) -> Result<Self, FileError> {
        Self::open_with(directory, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    /// To be written too, if it is there.
    pub(super) fn open_to_write(directory: &Path) -> Result<Self, FileError> {
        Self::open_with(directory, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    fn open_with(directory: &Path, access: OpenFlags) -> Result<Self, FileError> {
        let path = directory.join(FILE);
        // Opened for reading once, as SQLite does not say why it cannot open a file.
        match std::fs::File::open(&path).map_err(|error| error.kind()) {
            Err(io::ErrorKind::NotFound) => return Err(FileError::Missing { path }),
            Err(io::ErrorKind::PermissionDenied) => return Err(FileError::NotPermitted { path }),
            _ => {}
        }
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&path, flags).and_then(|connection| {
            connection.execute_batch("SELECT count(*) FROM readings")?;
            Ok(connection)
        });
        match opened {
            Ok(connection) => Ok(Self { connection, path }),
            Err(source) => Err(fault(&path, source)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) const fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) const fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    pub(super) fn fault(&self, source: rusqlite::Error) -> FileError {
        fault(&self.path, source)
    }

    /// Whether there is this table: a spool that another version has made may lack it.
    pub(super) fn has_table(&self, name: &str) -> Result<bool, FileError> {
        let query = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?";
        let count = self.connection.query_row(query, [name], |row| row.get::<_, u64>(0));
        count.map(|count| count > 0).map_err(|source| self.fault(source))
    }

    /// Visits every entry of these tables, the oldest of each first. One that a gateway moves
    /// meanwhile from one table to another may be visited twice, or not at all.
    pub(super) fn for_each(
        &self,
        tables: &[Table],
        mut visit: impl FnMut(Entry) -> io::Result<()>,
    ) -> Result<(), FileError> {
        for &Table { name, columns } in tables {
            if !self.has_table(name)? {
                continue;
            }
            let fault = |source| self.fault(source);
            let query = format!(
                "SELECT id, {columns} FROM {name} WHERE id > ? ORDER BY id LIMIT {ENTRIES}"
            );
            let mut select = self.connection.prepare(&query).map_err(fault)?;
            let mut after = i64::MIN;
            loop {
                let some = select.query_map([after], |row| Ok((row.get(0)?, entry(row, name)?)));
                let some = some.and_then(Iterator::collect::<Result<Vec<(i64, Entry)>, _>>);
                let some = some.map_err(fault)?;
                let Some(&(last, _)) = some.last() else { break };
                after = last;
                some.into_iter().try_for_each(|(_, entry)| visit(entry))?;
            }
        }
        Ok(())
    }
}

/// Where readings are, and how they are read from there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    name: &'static str,
    columns: &'static str,
}

/// What the server has refused.
pub(super) const DEAD_LETTERS: Table =
    Table { name: "dead_letters", columns: "mac, micros, temperature, substr(reason, 1, 200)" };

/// Everything, those that wait first.
pub(super) const ALL: [Table; 3] = [
    Table { name: "readings", columns: "mac, micros, temperature, NULL" },
    Table { name: "undated", columns: "mac, manager_micros, temperature, NULL" },
    DEAD_LETTERS,
];

fn entry(row: &Row<'_>, table: &str) -> rusqlite::Result<Entry> {
    let mac = Mac::from(row.get::<_, [u8; 8]>(1)?);
    let (micros, reason): (i64, Option<String>) = (row.get(2)?, row.get(4)?);
    let state = match reason {
        // An earlier version kept them as they came.
        Some(reason) => State::Refused(brief(&reason)),
        None if table == "undated" => State::Undated,
        None => State::Waiting,
    };
    let timeless = micros == 0 && matches!(state, State::Refused(_));
    let timestamp = (!timeless).then(|| Timestamp::from_micros(micros));
    Ok(Entry { mac, timestamp, temperature: row.get(3)?, state })
}

fn fault(path: &Path, source: rusqlite::Error) -> FileError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            FileError::Damaged { path, reason: source.to_string() }
        }
        Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
            FileError::NotPermitted { path }
        }
        _ => FileError::Sqlite { path, source },
    }
}
