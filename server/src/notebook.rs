use std::path::{Path, PathBuf};

use host::FileIdentity;
use rusqlite::Connection;

use crate::files::{self, Files, with_suffix};

/// What kind of notebook a file is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// Of the schema; its upper half tells what kind of file it is.
    pub(crate) version: i32,
    pub(crate) schema: &'static str,
    /// SQLite's `synchronous`.
    pub(crate) synchronous: &'static str,
    /// It is not set aside for an empty one if it cannot be used: that is an error.
    pub(crate) is_precious: bool,
}

/// A small SQLite file. Unless it is precious, what is in it can be done without: if it is damaged, or
/// not ours, it is set aside as `….damaged` and a new one made. One that is deleted or cut short under the running
/// program is made anew, with what it held as far as that can still be read.
pub(crate) struct Notebook {
    path: PathBuf,
    kind: Kind,
    /// None while there is no place for it.
    open: Option<Open>,
    /// How often it was opened.
    generation: u64,
}

struct Open {
    connection: Connection,
    files: Files,
}

impl Notebook {
    /// Opens the file, or makes it.
    pub(crate) fn open(path: PathBuf, kind: Kind) -> rusqlite::Result<Self> {
        let open = Some(open(&path, kind)?);
        Ok(Self { path, kind, open, generation: 1 })
    }

    /// Another number whenever it was opened anew.
    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }

    /// The file, to read or write it.
    pub(crate) fn connection(&mut self) -> rusqlite::Result<&mut Connection> {
        self.look()?;
        let open = self.open.as_mut();
        open.map(|open| &mut open.connection).ok_or(rusqlite::Error::InvalidQuery)
    }

    /// Looks whether the file is there and whole, and makes it anew if it is not.
    pub(crate) fn look(&mut self) -> rusqlite::Result<()> {
        if let Some(Open { connection, files }) = &mut self.open {
            let Some(fault) = files.fault() else { return Ok(()) };
            let saved = fault.save_journal(connection, &self.path);
            let is_gone = matches!(FileIdentity::at(&self.path), Ok(None));
            let rescued = with_suffix(&self.path, ".rescued");
            if is_gone {
                // One that was begun before a power cut.
                let _ = std::fs::remove_file(&rescued);
                // Without a folder there is no place for it, and it is tried again.
                connection.execute("VACUUM INTO ?1", [rescued.to_string_lossy()])?;
            }
            let (file, fault) = (self.path.display(), fault.text);
            tracing::error!(%file, fault, ?saved, "a file is pulled away; it is made anew");
            // Closed first: closing deletes the journal by its name.
            self.open = None;
            if is_gone {
                files::remove_orphans(&self.path);
                // If that does not work, it begins empty.
                let _ = std::fs::rename(&rescued, &self.path);
            }
        }
        if self.open.is_none() {
            self.open = Some(open(&self.path, self.kind)?);
            self.generation += 1;
        }
        Ok(())
    }
}

fn open(path: &Path, kind: Kind) -> rusqlite::Result<Open> {
    let connection = open_sound(path, kind)?;
    connection.pragma_update(None, "synchronous", kind.synchronous)?;
    let files = Files::of(path).map_err(|error| {
        let cannot_open = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
        rusqlite::Error::SqliteFailure(cannot_open, Some(error.to_string()))
    })?;
    Ok(Open { connection, files })
}

fn open_sound(path: &Path, kind: Kind) -> rusqlite::Result<Connection> {
    let fault = match try_open(path, kind) {
        Ok(Some(connection)) => return Ok(connection),
        Ok(None) => "it has another layout".to_owned(),
        Err(error) => error.to_string(),
    };
    if kind.is_precious {
        let not_ours = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB);
        return Err(rusqlite::Error::SqliteFailure(not_ours, Some(fault)));
    }
    tracing::error!(file = %path.display(), fault, "a file cannot be used; it is set aside");
    // If that does not work, opening it again will not either.
    let _ = std::fs::rename(path, with_suffix(path, ".damaged"));
    for journal in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(with_suffix(path, journal));
    }
    try_open(path, kind)?.ok_or(rusqlite::Error::InvalidQuery)
}

fn try_open(path: &Path, kind: Kind) -> rusqlite::Result<Option<Connection>> {
    let Kind { version, schema, .. } = kind;
    let connection = Connection::open(path)?;
    connection.busy_timeout(core::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    let found: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let objects: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    if objects == 0 {
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {schema} PRAGMA user_version = {version}; COMMIT;"
        ))?;
        return Ok(Some(connection));
    }
    Ok((found == version).then_some(connection))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    const KIND: Kind = Kind {
        version: 7,
        schema: "CREATE TABLE names (name TEXT);",
        synchronous: "normal",
        is_precious: false,
    };

    fn write(notebook: &mut Notebook) -> u32 {
        let connection = notebook.connection().unwrap();
        connection.execute("INSERT INTO names VALUES ('attic')", ()).unwrap();
        connection.query_row("SELECT count(*) FROM names", (), |row| row.get(0)).unwrap()
    }

    fn notebook(folder: &TempDir, version: i32) -> Notebook {
        Notebook::open(folder.path().join("state.db"), Kind { version, ..KIND }).unwrap()
    }

    #[test]
    fn what_is_damaged_or_not_ours_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let count = |version| write(&mut notebook(&folder, version));
        assert_eq!((count(7), count(7)), (1, 2));
        assert_eq!(count(8), 1);
        let path = folder.path().join("state.db");
        fs::write(
            &path,
            "no database, but longer than a page's header of a hundred octets. ".repeat(9),
        )
        .unwrap();
        assert_eq!(count(8), 1);
        assert!(folder.path().join("state.db.damaged").exists());
    }

    #[test]
    fn what_is_precious_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sites.db");
        let kind = Kind { is_precious: true, ..KIND };
        drop(Notebook::open(path.clone(), kind).unwrap());
        assert!(Notebook::open(path.clone(), Kind { version: 8, ..kind }).is_err());
        drop(Notebook::open(path, kind).unwrap());
        assert!(!folder.path().join("sites.db.damaged").exists());
    }

    #[test]
    fn one_that_is_deleted_is_made_anew_with_what_it_held() {
        for gone in
            [&["state.db"][..], &["state.db-wal"], &["state.db", "state.db-wal", "state.db-shm"]]
        {
            let folder = tempfile::tempdir().unwrap();
            let mut open = notebook(&folder, 7);
            assert_eq!(write(&mut open), 1);
            for name in gone {
                fs::remove_file(folder.path().join(name)).unwrap();
            }
            assert_eq!(write(&mut open), 2, "{gone:?}");
            drop(open);
            assert_eq!(write(&mut notebook(&folder, 7)), 3, "{gone:?}");
        }
    }

    #[test]
    fn one_that_is_cut_short_is_used_on() {
        for name in ["state.db", "state.db-wal"] {
            let folder = tempfile::tempdir().unwrap();
            let mut open = notebook(&folder, 7);
            write(&mut open);
            fs::File::create(folder.path().join(name)).unwrap();
            let count = write(&mut open);
            drop(open);
            assert_eq!(write(&mut notebook(&folder, 7)), count + 1, "{name}");
        }
    }

    #[test]
    fn without_its_folder_it_waits_until_that_is_back() {
        let parent = tempfile::tempdir().unwrap();
        let (folder, aside) = (parent.path().join("data"), parent.path().join("aside"));
        fs::create_dir(&folder).unwrap();
        let mut notebook = Notebook::open(folder.join("state.db"), KIND).unwrap();
        write(&mut notebook);
        fs::rename(&folder, &aside).unwrap();
        notebook.look().unwrap_err();
        notebook.connection().unwrap_err();
        fs::rename(&aside, &folder).unwrap();
        assert_eq!(write(&mut notebook), 2);
        fs::rename(&folder, &aside).unwrap();
        fs::create_dir(&folder).unwrap();
        assert_eq!(write(&mut notebook), 3);
        assert!(folder.join("state.db").exists());
    }
}
