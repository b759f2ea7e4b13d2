use std::io;
use std::path::{Path, PathBuf};

use readings::{Record, Timestamp};
use rusqlite::{Connection, ErrorCode, OpenFlags, Row};
use thiserror::Error;

use crate::brief::brief;
use crate::spool::{FILE, UNKNOWN_TIME, record};

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
    /// Without a time.
    pub(super) record: Record,
    /// `None` if it never had a time.
    pub(super) timestamp: Option<Timestamp>,
    pub(super) state: State,
}

/// Why a record is in the spool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It waits for the server.
    Waiting,
    /// It waits for this machine's clock to be right.
    Undated,
    /// It waits for its neighbour's name.
    Unnamed,
    /// The server will never take it: why.
    Refused(String),
}

impl State {
    /// Whether its time is on the manager's clock: no server must take it for the world's.
    pub(super) fn is_on_managers_clock(&self) -> bool {
        match self {
            Self::Waiting | Self::Unnamed => false,
            Self::Undated => true,
            Self::Refused(reason) => reason == UNKNOWN_TIME,
        }
    }

    /// Why the server has refused it.
    pub(super) fn reason(&self) -> Option<&str> {
        if let Self::Refused(reason) = self { Some(reason) } else { None }
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Undated => "undated",
            Self::Unnamed => "unnamed",
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
            // It is a spool, and no other file.
            match connection.execute_batch("SELECT count(*) FROM records") {
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => {
                    connection.execute_batch("SELECT count(*) FROM readings")?;
                }
                other => other?,
            }
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

    /// Whether a version that kept temperatures alone has made this table.
    fn is_of_temperatures(&self, name: &str) -> Result<bool, FileError> {
        let query = "SELECT count(*) FROM pragma_table_info(?) WHERE name = 'temperature'";
        let count = self.connection.query_row(query, [name], |row| row.get::<_, u64>(0));
        count.map(|count| count > 0).map_err(|source| self.fault(source))
    }

    /// What waits for the server: how many, of how many motes, and from when to when.
    pub(super) fn waiting(&self) -> Result<Waiting, FileError> {
        let query = if self.has_table("records")? {
            "SELECT count(*), count(DISTINCT substr(identity, 1, 8)), min(micros), max(micros)
             FROM records WHERE mote_id IS NULL"
        } else {
            "SELECT count(*), count(DISTINCT mac), min(micros), max(micros) FROM readings"
        };
        let read = |row: &Row<'_>| {
            let time = |column| row.get::<_, Option<i64>>(column);
            let [oldest, newest] = [time(2)?, time(3)?].map(|at| at.map(Timestamp::from_micros));
            rusqlite::Result::Ok(Waiting {
                records: row.get(0)?,
                motes: row.get(1)?,
                oldest,
                newest,
            })
        };
        self.connection.query_row(query, [], read).map_err(|source| self.fault(source))
    }

    /// Visits every entry of these tables, the oldest of each first. One that a gateway moves
    /// meanwhile from one table to another may be visited twice, or not at all.
    pub(super) fn for_each(
        &self,
        tables: &[Table],
        mut visit: impl FnMut(Entry) -> io::Result<()>,
    ) -> Result<(), FileError> {
        for table in tables {
            if !self.has_table(table.name)? {
                continue;
            }
            let fault = |source| self.fault(source);
            let (name, time, reason) = (table.name, table.time, table.reason);
            let said = if self.is_of_temperatures(name)? {
                "mac, temperature, NULL, NULL"
            } else {
                "identity, value, json, mote_id"
            };
            let query = format!(
                "SELECT id, {said}, {time}, {reason} FROM {name} WHERE id > ?
                 ORDER BY id LIMIT {ENTRIES}"
            );
            let mut select = self.connection.prepare(&query).map_err(fault)?;
            let mut after = i64::MIN;
            loop {
                let some = select.query_map([after], |row| Ok((row.get(0)?, entry(row, name)?)));
                let some = some.and_then(Iterator::collect::<Result<Vec<(i64, Option<Entry>)>, _>>);
                let some = some.map_err(fault)?;
                let Some(&(last, _)) = some.last() else { break };
                after = last;
                some.into_iter().filter_map(|(_, entry)| entry).try_for_each(&mut visit)?;
            }
        }
        Ok(())
    }
}

/// What waits for the server.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) records: u64,
    pub(super) motes: u64,
    pub(super) oldest: Option<Timestamp>,
    pub(super) newest: Option<Timestamp>,
}

/// Where records are, and how they are read from there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    name: &'static str,
    time: &'static str,
    reason: &'static str,
}

/// What the server has refused.
pub(super) const DEAD_LETTERS: Table =
    Table { name: "dead_letters", time: "micros", reason: "substr(reason, 1, 200)" };

/// Everything, those that wait first, also as an earlier version has called them.
pub(super) const ALL: [Table; 4] = [
    Table { name: "readings", time: "micros", reason: "NULL" },
    Table { name: "records", time: "micros", reason: "NULL" },
    Table { name: "undated", time: "manager_micros", reason: "NULL" },
    DEAD_LETTERS,
];

/// `None` if another version has written it, and this one cannot read it.
fn entry(row: &Row<'_>, table: &str) -> rusqlite::Result<Option<Entry>> {
    let (identity, value): (Vec<u8>, f64) = (row.get(1)?, row.get(2)?);
    let (json, mote_id): (Option<String>, Option<u16>) = (row.get(3)?, row.get(4)?);
    let (micros, reason): (i64, Option<String>) = (row.get(5)?, row.get(6)?);
    let state = match reason {
        // An earlier version kept them as they came.
        Some(reason) => State::Refused(brief(&reason)),
        None if table == "undated" => State::Undated,
        None if mote_id.is_some() => State::Unnamed,
        None => State::Waiting,
    };
    let timeless = micros == 0 && matches!(state, State::Refused(_));
    let timestamp = (!timeless).then(|| Timestamp::from_micros(micros));
    let record = record(&identity, value, json.as_deref());
    Ok(record.map(|record| Entry { record, timestamp, state }))
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
