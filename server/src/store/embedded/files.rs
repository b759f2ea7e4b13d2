use std::io;
use std::path::{Path, PathBuf};

use host::FileIdentity;

/// The files that a connection writes to: the database and its journal.
///
/// If one is deleted or replaced, what is written goes on into the file that nobody finds any more;
/// so this is asked before each commit.
pub(super) struct Files(Vec<(PathBuf, FileIdentity)>);

impl Files {
    /// Those of a database that has just been opened, and read from.
    pub(super) fn of(database: &Path) -> io::Result<Self> {
        let file = |path: PathBuf| -> io::Result<_> {
            let identity = FileIdentity::at(&path)?.ok_or(io::ErrorKind::NotFound)?;
            Ok((path, identity))
        };
        Ok(Self(vec![file(database.to_owned())?, file(journal(database))?]))
    }

    /// What is wrong, if they are not all where they were.
    pub(super) fn fault(&self) -> Option<String> {
        self.0.iter().find_map(|(path, identity)| match identity.is_at(path) {
            Ok(true) => None,
            Ok(false) => Some(format!("{} was deleted or replaced", path.display())),
            Err(error) => Some(format!("{}: {error}", path.display())),
        })
    }
}

/// Where SQLite keeps what is not in the database yet.
pub(super) fn journal(database: &Path) -> PathBuf {
    with_suffix(database, "-wal")
}

/// Deletes what is left of the journal of a database that is gone: a new one of the same name must
/// not take it for its own.
pub(super) fn remove_orphans(database: &Path) {
    if matches!(FileIdentity::at(database), Ok(None)) {
        for path in [journal(database), with_suffix(database, "-shm")] {
            // Mostly it is not there.
            let _ = std::fs::remove_file(path);
        }
    }
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
