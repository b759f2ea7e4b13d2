use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::{FileIdentity, exit, system};

/// A folder that one program at a time works in. What it is used as is part of the lock: a gateway
/// and a server may share a folder, two gateways may not.
///
/// It is a locked file in the folder, `gateway.lock` or the like, with the holder's process id in
/// it. The system releases the lock with the process, however that ends; the file stays.
#[derive(Debug)]
pub struct FolderLock {
    path: PathBuf,
    /// Locked until it is unlocked, or closed in this process and in those that it has forked.
    file: File,
}

/// A folder cannot be had alone.
#[derive(Debug, Error)]
pub enum LockError {
    /// Somebody else has it.
    #[error("{folder} is in use by {}; stop that, or use another folder", named(*holder),
        folder = folder.display())]
    InUse {
        /// Which folder.
        folder: PathBuf,
        /// The process that has it, if it has said so yet. It may be this one.
        holder: Option<u32>,
    },
    /// The folder cannot be written, so that nobody works in it who could not before.
    #[error("{folder} cannot be written: {source}", folder = folder.display())]
    NotWritable {
        /// Which folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The folder is not there, or its file system knows no locks.
    #[error("{folder} cannot be locked: {source}", folder = folder.display())]
    Io {
        /// Which folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl LockError {
    /// The exit code that says the same.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::InUse { .. } => exit::IN_USE,
            Self::NotWritable { .. } => exit::NO_PERMISSION,
            Self::Io { .. } => exit::IO,
        }
    }
}

impl FolderLock {
    /// Takes an existing folder to be used as `noun`, such as `gateway`, or says who has it. It
    /// does not wait.
    ///
    /// # Errors
    /// If somebody else uses it as the same, also within this process, or it cannot be written.
    pub fn take(folder: &Path, noun: &str) -> Result<Self, LockError> {
        let path = folder.join(format!("{noun}.lock"));
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                LockError::NotWritable { folder: folder.to_owned(), source }
            }
            _ => LockError::Io { folder: folder.to_owned(), source },
        };
        loop {
            let mut file = match system::lock(&path) {
                Ok(file) => file,
                Err(TryLockError::WouldBlock) => {
                    let holder = holder(&path);
                    return Err(LockError::InUse { folder: folder.to_owned(), holder });
                }
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            };
            let opened = FileIdentity::of(&file).map_err(failed)?;
            // If the file has been deleted meanwhile, others lock another.
            if opened.is_at(&path).map_err(failed)? {
                // A full disk takes no number, and is no reason not to start.
                let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
                return Ok(Self { path, file });
            }
        }
    }
}

impl FolderLock {
    /// Whether the lock is where others look for it. Where its file was deleted, another process
    /// can have the folder too, and it should be taken again.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn is_there(&self) -> io::Result<bool> {
        FileIdentity::of(&self.file)?.is_at(&self.path)
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // It could only fail if it were not locked.
        let _ = self.file.unlock();
    }
}

fn holder(path: &Path) -> Option<u32> {
    let mut text = String::new();
    File::open(path).ok()?.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn named(holder: Option<u32>) -> String {
    holder.map_or_else(|| "another process".to_owned(), |holder| format!("process {holder}"))
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::*;

    /// Where the holder takes a lock; set for a process of [`a_holder`] only.
    const FOLDER: &str = "HOST_TEST_FOLDER";

    #[test]
    fn one_process_has_it_once_and_again_after_it_was_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let lock = FolderLock::take(folder.path(), "gateway").unwrap();
        let error = FolderLock::take(folder.path(), "gateway").unwrap_err();
        let message = error.to_string();
        let used =
            format!("{} is in use by process {}", folder.path().display(), std::process::id());
        assert!(message.starts_with(&used), "{message}");
        assert_eq!(error.exit_code(), 75);
        drop(lock);
        FolderLock::take(folder.path(), "gateway").unwrap();
    }

    #[test]
    fn a_gateway_and_a_server_share_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let _gateway = FolderLock::take(folder.path(), "gateway").unwrap();
        let _server = FolderLock::take(folder.path(), "server").unwrap();
    }

    #[test]
    fn another_process_is_named_and_its_death_releases_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let mut holder = Command::new(env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "folder_lock::tests::a_holder"])
            .env(FOLDER, folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(holder.stdout.take().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line.contains("held")));
        let Err(LockError::InUse { holder: named, .. }) =
            FolderLock::take(folder.path(), "gateway")
        else {
            panic!("two have it");
        };
        assert_eq!(named, Some(holder.id()));
        holder.kill().unwrap();
        holder.wait().unwrap();
        FolderLock::take(folder.path(), "gateway").unwrap();
    }

    #[test]
    #[ignore = "it is the other process of the test above"]
    fn a_holder() {
        let Some(folder) = env::var_os(FOLDER) else { return };
        let _lock = FolderLock::take(Path::new(&folder), "gateway").unwrap();
        println!("held");
        // Until it is killed.
        let _ = io::stdin().read(&mut [0]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap().path().join("absent");
        let error = FolderLock::take(&folder, "gateway").unwrap_err();
        assert!(matches!(error, LockError::Io { .. }), "{error}");
        assert!(error.to_string().contains("absent"), "{error}");
    }
}
