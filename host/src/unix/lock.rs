use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Opens a file for this process alone, and makes it if need be. It does not wait.
pub(crate) fn lock(path: &Path) -> Result<File, TryLockError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(path).map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::{FolderLock, LockError};

    use super::*;

    #[test]
    fn a_lock_that_was_deleted_is_noticed_and_can_be_taken_again() {
        let folder = tempfile::tempdir().unwrap();
        let lock = FolderLock::take(folder.path(), "gateway").unwrap();
        assert!(lock.is_there().unwrap());
        fs::remove_file(folder.path().join("gateway.lock")).unwrap();
        assert!(!lock.is_there().unwrap());
        let again = FolderLock::take(folder.path(), "gateway").unwrap();
        drop(lock);
        assert!(again.is_there().unwrap());
        FolderLock::take(folder.path(), "gateway").unwrap_err();
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_told_apart() {
        // Nobody makes a file there, not even root.
        let error = FolderLock::take(Path::new("/sys/kernel"), "gateway").unwrap_err();
        assert!(matches!(error, LockError::NotWritable { .. }), "{error}");
        assert!(error.to_string().starts_with("/sys/kernel cannot be written: "), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let mut permissions = fs::metadata(folder.path()).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(folder.path(), permissions).unwrap();
        match FolderLock::take(folder.path(), "gateway") {
            Err(error) => assert!(matches!(error, LockError::NotWritable { .. }), "{error}"),
            // Root may write everywhere.
            Ok(_) => assert!(fs::write(folder.path().join("file"), "").is_ok()),
        }
    }
}
