use std::io;
use std::path::{Path, PathBuf};

use host::{FileIdentity, Seen, WatchedFile};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

/// What SQLite cuts the journal to when it has become larger, in octets.
pub(crate) const JOURNAL_LIMIT: u32 = 16 << 20;

/// The files that a connection writes to: the database and its journal.
///
/// If one is deleted, replaced or cut short, what is written is lost with it; so this is asked
/// before each commit.
pub(crate) struct Files {
    database: (PathBuf, WatchedFile),
    journal: (PathBuf, WatchedFile),
    gives_back: bool,
}

/// What is wrong with the files.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) text: String,
    /// The journal lacks something: what is left of it is no whole that could be brought into the
    /// database, but what came before the cut can still be read from it.
    pub(crate) is_cut_journal: bool,
}

impl Fault {
    /// Saves what is not in the database yet, before the connection is closed.
    pub(crate) fn save_journal(
        &self,
        connection: &Connection,
        path: &Path,
    ) -> rusqlite::Result<()> {
        if self.is_cut_journal {
            // What tells where in the journal something is tells what is no longer so. Those who
            // still have it open keep it.
            let _ = std::fs::remove_file(with_suffix(path, "-shm"));
            return keep_journal(connection);
        }
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
    }
}

impl Files {
    /// Those of a database that has just been opened, and read from.
    pub(crate) fn of(database: &Path) -> io::Result<Self> {
        let file = |path: PathBuf| -> io::Result<_> {
            let file = WatchedFile::at(&path)?.ok_or(io::ErrorKind::NotFound)?;
            Ok((path, file))
        };
        let journal = file(journal(database))?;
        Ok(Self { database: file(database.to_owned())?, journal, gives_back: false })
    }

    /// From now on the database may become smaller.
    pub(crate) const fn give_back(&mut self) {
        self.gives_back = true;
    }

    /// What is wrong, if they are not all where they were, and what they were.
    pub(crate) fn fault(&mut self) -> Option<Fault> {
        let least = if self.gives_back { 1 } else { u64::MAX };
        let files = [(&mut self.database, least), (&mut self.journal, JOURNAL_LIMIT.into())];
        files.into_iter().enumerate().find_map(|(index, ((path, file), least))| {
            let (seen, path) = (file.look(path, least), path.display());
            let text = match &seen {
                Ok(Seen::Whole) => return None,
                Ok(Seen::Gone) => format!("{path} was deleted or replaced"),
                Ok(Seen::Cut) => format!("{path} was cut short"),
                Err(error) => format!("{path}: {error}"),
            };
            Some(Fault { text, is_cut_journal: index == 1 && seen.is_ok_and(|s| s == Seen::Cut) })
        })
    }
}

/// Where SQLite keeps what is not in the database yet.
pub(crate) fn journal(database: &Path) -> PathBuf {
    with_suffix(database, "-wal")
}

/// Deletes what is left of the journal of a database that is gone: a new one of the same name must
/// not take it for its own.
pub(crate) fn remove_orphans(database: &Path) {
    if matches!(FileIdentity::at(database), Ok(None)) {
        for path in [journal(database), with_suffix(database, "-shm")] {
            // Mostly it is not there.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Has the connection leave the journal as it is when it is closed.
pub(crate) fn keep_journal(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map(drop)
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
