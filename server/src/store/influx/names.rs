use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use readings::Mac;
use rusqlite::{Connection, OpenFlags, Result};

use crate::store::{Label, labels};

/// The database's name in the server's folder.
const FILE_NAME: &str = "labels.db";

/// The motes' labels, which no engine has a place for, in a small database in the server's folder.
/// It is opened when it is asked for, which is seldom; so nothing goes wrong if it is moved away.
pub(super) struct Names {
    path: PathBuf,
    /// One writes at a time.
    writing: Mutex<()>,
}

impl Names {
    /// Takes over the labels that an earlier version kept in `folder`.
    pub(super) fn new(folder: &Path) -> Self {
        let names = Self { path: folder.join(FILE_NAME), writing: Mutex::default() };
        if labels::has_old(folder) {
            match names.open() {
                Ok(mut connection) => labels::adopt(&mut connection, folder),
                Err(error) => tracing::error!(%error, "the motes' labels cannot be kept"),
            }
        }
        names
    }

    /// Sets a label. It is on the disk when this returns.
    pub(super) fn set(
        &self,
        label: &Label,
        limit: usize,
        is_there: impl Fn(Mac) -> bool,
    ) -> Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut connection = self.open()?;
        let transaction = connection.transaction()?;
        labels::set(&transaction, label)?;
        labels::bound(&transaction, limit, is_there)?;
        transaction.commit()
    }

    /// Reads the labels with this; without any, if there are none.
    pub(super) fn read<T>(&self, read: impl FnOnce(Option<&Connection>) -> Result<T>) -> Result<T> {
        if !self.path.exists() {
            return read(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        read(Some(&connection))
    }

    fn open(&self) -> Result<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "synchronous", "full")?;
        labels::make(&connection)?;
        Ok(connection)
    }
}

/// How long one waits for the other.
const BUSY_TIMEOUT: core::time::Duration = core::time::Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_outlive_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let mac = Mac::from([7; 8]);
        let label = |names: &Names| {
            names.read(|labels| labels.map_or(Ok(None), |labels| labels::of(labels, mac))).unwrap()
        };
        let names = Names::new(folder.path());
        assert_eq!(label(&names), None);
        names.set(&Label { mac, text: "attic".to_owned() }, 10, |_| true).unwrap();
        assert_eq!(label(&Names::new(folder.path())).as_deref(), Some("attic"));
    }

    #[test]
    fn those_of_an_earlier_version_are_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join("labels.json");
        std::fs::write(&old, r#"{"07-07-07-07-07-07-07-07": "attic"}"#).unwrap();
        let names = Names::new(folder.path());
        let all = names.read(|labels| Ok(labels::all(labels.unwrap()))).unwrap();
        assert_eq!(all, [Label { mac: Mac::from([7; 8]), text: "attic".to_owned() }]);
        assert!(!old.exists());
    }
}
