//! The file: how it is opened, and what happens to a damaged one.

use std::io;
use std::path::{Path, PathBuf};

use readings::Timestamp;
use rusqlite::{Connection, ErrorCode};

use super::{SCHEMA, SpoolError, dead_letters, saved_clock, undated};

pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    // A commit has reached the disk when it returns.
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        return Err(rusqlite::Error::SqliteFailure(corrupt, Some(check)));
    }
    for schema in [SCHEMA, dead_letters::SCHEMA, saved_clock::SCHEMA, undated::SCHEMA] {
        connection.execute_batch(schema)?;
    }
    Ok(connection)
}

pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Renames the file and what SQLite keeps beside it, so that nothing in them is lost.
pub(super) fn set_aside(path: &Path, damage: &rusqlite::Error) -> Result<(), SpoolError> {
    let time = Timestamp::now().as_micros();
    for suffix in ["", "-wal", "-shm"] {
        let with_suffix = |name: &Path| {
            let mut name = name.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        let from = with_suffix(path);
        let to = with_suffix(&path.with_extension(format!("db.damaged-{time}")));
        match std::fs::rename(&from, &to) {
            Err(error) if suffix.is_empty() || error.kind() != io::ErrorKind::NotFound => {
                return Err(SpoolError::Io { path: from, source: error });
            }
            _ => {}
        }
        if suffix.is_empty() {
            tracing::error!(%damage, kept = %to.display(), "the spool is damaged and was set aside");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::super::tests::{LIMIT, contents, reading};
    use super::super::{FILE, Spool};
    use super::*;

    /// Damages the spool's file and expects a working one in its place and the damaged one beside.
    fn survives(damage: impl FnOnce(&Path)) -> Spool {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join(FILE);
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        spool.append(&(0..1000).map(reading).collect::<Vec<_>>()).unwrap();
        drop(spool);
        damage(&path);
        let damaged = fs::read(&path).unwrap();
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        spool.append(&[reading(5)]).unwrap();
        let aside: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().contains("damaged"))
            .collect();
        assert_eq!(aside.len(), 1, "{aside:?}");
        assert_eq!(fs::read(&aside[0]).unwrap(), damaged);
        assert_eq!(contents(&mut spool), [reading(5)]);
        spool
    }

    #[test]
    fn a_file_that_is_something_else_is_set_aside() {
        survives(|path| {
            fs::write(path, "not a database, but longer than its header\n".repeat(99)).unwrap();
        });
    }

    #[test]
    fn a_file_with_a_page_of_rubbish_is_set_aside() {
        survives(|path| {
            let mut octets = fs::read(path).unwrap();
            octets[4096 * 2..4096 * 3].fill(0xa5);
            fs::write(path, octets).unwrap();
        });
    }

    #[test]
    fn a_file_cut_short_is_set_aside() {
        survives(|path| {
            let octets = fs::read(path).unwrap();
            fs::write(path, &octets[..octets.len() / 2]).unwrap();
        });
    }

    #[test]
    fn an_empty_file_is_a_new_spool() {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join(FILE), "").unwrap();
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        spool.append(&[reading(1)]).unwrap();
        assert_eq!(spool.len(), 1);
    }
}
