//! The file: its layout, and what happens when it is not as it should be.

use std::io;
use std::path::{Path, PathBuf};

use readings::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use thiserror::Error;

use super::{events, links, quantities, sites};
use crate::files::{Files, JOURNAL_LIMIT, keep_journal, with_suffix};
use crate::store::labels;
use crate::store::scope::Table;

/// Marks a file as ours ("cdat").
const APPLICATION_ID: i32 = 0x6364_6174;

/// Version of the layout below.
const USER_VERSION: i32 = 3;

/// The version before, which had temperatures only.
const TEMPERATURES_ONLY: i32 = 2;

/// Statements that the writing connection keeps: what inserts each kind of record, of the default
/// site and of others, should outlast what deletes the old of one.
const STATEMENTS: usize = 64;

/// `time` is in microseconds since 1970, `mac` the EUI-64 as a big-endian integer, `temperature` in
/// °C. Keyed by time first: new readings then go to the end, so a commit of many motes' readings
/// writes one page rather than one a mote, and what is too old is in one piece at the beginning.
pub(super) const READINGS: Table = Table {
    name: "readings",
    columns: "
        time INTEGER NOT NULL,
        mac INTEGER NOT NULL,
        temperature REAL NOT NULL",
    key: "time, mac",
};

/// What temperatures alone did not need.
fn schema_of_others() -> String {
    let tables = [quantities::TABLE, links::TABLE, events::TABLE];
    tables.iter().map(Table::schema).collect::<String>() + quantities::HEARD
}

/// The database cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// SQLite's own error, for a reason other than damage.
    #[error("cannot open the database {path}: {source}")]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A damaged file could not be renamed.
    #[error("cannot set the damaged database {path} aside: {source}")]
    SetAside {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The files that belong to it are not there.
    #[error("cannot use the database {path}: {source}")]
    Files {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No thread could be started.
    #[error("cannot start the writing thread: {0}")]
    Thread(#[source] io::Error),
}

/// A database to write to.
pub(super) struct Database {
    pub(super) connection: Connection,
    pub(super) files: Files,
}

/// Opens the file for writing. One that is damaged or not ours is set aside first; the labels in it
/// are kept, as far as they can be read.
pub(super) fn open(path: &Path) -> Result<Database, OpenError> {
    let fault = match try_open(path) {
        Ok(Ok(connection)) => return whole(path, connection),
        Ok(Err(foreign)) => foreign,
        Err(error) if is_damage(&error) => error.to_string(),
        Err(source) => {
            let path = path.to_owned();
            return Err(OpenError::Database { path, source });
        }
    };
    let labels = open_reader(path).map(|old| sites::labels_of_all(&old)).unwrap_or_default();
    set_aside(path, &fault)?;
    match try_open(path) {
        Ok(Ok(connection)) => {
            sites::keep_labels(&connection, &labels);
            whole(path, connection)
        }
        Ok(Err(fault)) => {
            Err(OpenError::SetAside { path: path.to_owned(), source: io::Error::other(fault) })
        }
        Err(source) => Err(OpenError::Database { path: path.to_owned(), source }),
    }
}

fn whole(path: &Path, connection: Connection) -> Result<Database, OpenError> {
    let files =
        Files::of(path).map_err(|source| OpenError::Files { path: path.to_owned(), source })?;
    Ok(Database { connection, files })
}

/// The inner error says why the file, though a sound database, is not one of ours.
fn try_open(path: &Path) -> rusqlite::Result<Result<Connection, String>> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(core::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let integer = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let (application, version) = (integer("application_id")?, integer("user_version")?);
    let objects: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    let is_ours =
        application == APPLICATION_ID && [USER_VERSION, TEMPERATURES_ONLY].contains(&version);
    if objects > 0 && !is_ours {
        return Ok(Err(format!(
            "another program's database (application id {application}, version {version})"
        )));
    }
    if objects == 0 {
        connection.pragma_update(None, "auto_vacuum", "incremental")?;
    }
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "journal_size_limit", JOURNAL_LIMIT)?;
    if objects == 0 {
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {} {}
             PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {USER_VERSION};
             COMMIT;",
            READINGS.schema(),
            schema_of_others()
        ))?;
    } else if version == TEMPERATURES_ONLY {
        // What is there stays as it is, and the rest comes beside it.
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {} PRAGMA user_version = {USER_VERSION}; COMMIT;",
            schema_of_others()
        ))?;
    }
    labels::make(&connection)?;
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
    if verdict != "ok" {
        return Ok(Err(format!("damaged: {verdict}")));
    }
    Ok(Ok(connection))
}

/// Opens the file for reading only.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(core::time::Duration::from_secs(5))?;
    // A reader that outlives the file's replacement must not delete the new file's journal.
    keep_journal(&connection)?;
    Ok(connection)
}

/// Whether an error means that the file itself is damaged.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Renames the file and its journals, so that nothing of them is lost.
pub(super) fn set_aside(path: &Path, fault: &str) -> Result<(), OpenError> {
    let stamp: String =
        Timestamp::now().to_string().chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let aside = with_suffix(path, &format!(".damaged-{stamp}"));
    tracing::error!(
        database = %path.display(), set_aside_as = %aside.display(), fault,
        "the database cannot be used; it is set aside and a new one made"
    );
    for journal in ["", "-wal", "-shm"] {
        match std::fs::rename(with_suffix(path, journal), with_suffix(&aside, journal)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => {
                return Err(OpenError::SetAside { path: path.to_owned(), source });
            }
        }
    }
    Ok(())
}
