//! The file: how it is opened, whether it is still there, and what happens to a damaged one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use host::{Seen, WatchedFile};
use readings::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};

use super::bounds::Bounds;
use super::{SCHEMA, SpoolError, dead_letters, form, saved_clock, undated};

/// What SQLite keeps beside the file while it is open.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// What has become of an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Whole,
    /// It, or what SQLite keeps beside it, was deleted, moved away or replaced.
    Gone,
    /// Somebody has cut it short.
    Cut,
    /// Somebody has cut its journal short. What is left of that is no whole, and must not be brought
    /// into the file; but what came before the cut can still be read from it.
    JournalCut,
}

/// An open file. What is written to one that was deleted, replaced or cut short is nowhere after a
/// restart.
#[derive(Debug)]
pub(super) struct File {
    pub(super) connection: Connection,
    path: PathBuf,
    watched: Option<WatchedFile>,
    beside: [Option<WatchedFile>; 2],
    /// What the journal may be cut to, in octets.
    journal: u64,
    /// SQLite's number of what others have written.
    version: i64,
}

impl File {
    pub(super) fn open(path: &Path, bounds: Bounds) -> rusqlite::Result<Self> {
        let mut connection = Connection::open(path)?;
        // A commit has reached the disk when it returns.
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        bound_journal(&connection, bounds)?;
        let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if check != "ok" {
            let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(rusqlite::Error::SqliteFailure(corrupt, Some(check)));
        }
        form::bring_in_form(&mut connection)?;
        for schema in [SCHEMA, dead_letters::SCHEMA, saved_clock::SCHEMA, undated::SCHEMA] {
            connection.execute_batch(schema)?;
        }
        let mut file = Self {
            connection,
            path: path.to_owned(),
            watched: watched(path),
            beside: [None; 2],
            journal: bounds.journal(),
            version: 0,
        };
        file.look();
        file.was_written()?;
        Ok(file)
    }

    /// What has become of the file, and of what SQLite keeps beside it.
    pub(super) fn look(&mut self) -> State {
        let [journal, index] = BESIDE.map(|suffix| with_suffix(&self.path, suffix));
        let [seen_journal, seen_index] = &mut self.beside;
        // Only compacting makes the file smaller.
        match seen(&mut self.watched, &self.path, u64::MAX, false) {
            Seen::Whole => {}
            Seen::Gone => return State::Gone,
            Seen::Cut => return State::Cut,
        }
        match seen(seen_journal, &journal, self.journal, true) {
            Seen::Whole => {}
            Seen::Gone => return State::Gone,
            Seen::Cut => return State::JournalCut,
        }
        match seen(seen_index, &index, 0, true) {
            Seen::Whole | Seen::Cut => State::Whole,
            Seen::Gone => State::Gone,
        }
    }

    /// It is smaller now, and that is as it should be.
    pub(super) fn compacted(&mut self) {
        self.watched = watched(&self.path);
        self.beside = [None; 2];
        self.look();
    }

    pub(super) fn is_at_its_path(&self) -> bool {
        self.watched.is_some_and(|file| file.is_at(&self.path).unwrap_or(true))
    }

    /// Closes it and leaves its journal, in which something is missing, to whoever opens it next.
    pub(super) fn leave_journal(self) -> rusqlite::Result<()> {
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        drop(self.connection);
        // What tells where in the journal something is tells what is no longer so.
        let _ = fs::remove_file(with_suffix(&self.path, "-shm"));
        Ok(())
    }

    /// Whether another process has written to it since this was last asked.
    pub(super) fn was_written(&mut self) -> rusqlite::Result<bool> {
        let version =
            self.connection.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0))?;
        Ok(core::mem::replace(&mut self.version, version) != version)
    }

    /// Deletes what SQLite has kept beside a file that is no longer there: whoever opened another
    /// file of this name would take it for that file's.
    pub(super) fn delete_beside(beside: [Option<WatchedFile>; 2], path: &Path) {
        for (seen, suffix) in beside.into_iter().zip(BESIDE) {
            let name = with_suffix(path, suffix);
            if seen.is_some_and(|seen| seen.is_at(&name).unwrap_or(false)) {
                // It may have gone by itself.
                let _ = fs::remove_file(&name);
            }
        }
    }

    pub(super) const fn beside(&self) -> [Option<WatchedFile>; 2] {
        self.beside
    }
}

fn watched(path: &Path) -> Option<WatchedFile> {
    WatchedFile::at(path).ok().flatten()
}

/// What has become of one of the files. SQLite makes some when it first needs them.
fn seen(file: &mut Option<WatchedFile>, path: &Path, least: u64, is_made_later: bool) -> Seen {
    match file {
        // Where the system does not say, nothing is known to be gone.
        Some(file) => file.look(path, least).unwrap_or(Seen::Whole),
        None if is_made_later => {
            *file = watched(path);
            Seen::Whole
        }
        None => Seen::Gone,
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Has SQLite keep the journal small.
pub(super) fn bound_journal(connection: &Connection, bounds: Bounds) -> rusqlite::Result<()> {
    connection.pragma_update(None, "wal_autocheckpoint", bounds.journal_pages())?;
    // It answers with what it was set to.
    connection.pragma_update_and_check(None, "journal_size_limit", bounds.journal(), |_| Ok(()))
}

pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Renames the file and what SQLite keeps beside it, so that nothing in them is lost.
pub(super) fn set_aside(path: &Path, damage: &rusqlite::Error) -> Result<(), SpoolError> {
    let time = Timestamp::now().as_micros();
    let aside = path.with_extension(format!("db.damaged-{time}"));
    for suffix in ["", "-wal", "-shm"] {
        let (from, to) = (with_suffix(path, suffix), with_suffix(&aside, suffix));
        match fs::rename(&from, &to) {
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
