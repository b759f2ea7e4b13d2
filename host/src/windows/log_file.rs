use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::{configuration_file, make_folder};

/// A log that is longer, in octets, gives way to a new one; the one before is kept.
const LIMIT: u64 = 4 * 1024 * 1024;

/// Where logs go in a service, which has no stderr.
static LOG: OnceLock<LogFile> = OnceLock::new();

/// The log of a service of this name.
pub(super) fn path(service: &str) -> PathBuf {
    configuration_file(&format!("{service}.log"))
}

/// Has logs go to the file of this service from now on.
pub(super) fn begin(service: &str) {
    LOG.get_or_init(|| LogFile::new(path(service), LIMIT));
}

pub(crate) fn log_writer() -> Box<dyn Write> {
    match LOG.get() {
        Some(log) => Box::new(log),
        None => Box::new(io::stderr()),
    }
}

/// A log that does not grow without end. One that cannot be written is no reason to stop.
struct LogFile {
    path: PathBuf,
    limit: u64,
    file: Mutex<Option<File>>,
}

impl LogFile {
    const fn new(path: PathBuf, limit: u64) -> Self {
        Self { path, limit, file: Mutex::new(None) }
    }
}

impl Write for &LogFile {
    /// Writes all of it, a record.
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = file
            .as_ref()
            .is_some_and(|file| file.metadata().is_ok_and(|metadata| metadata.len() >= self.limit));
        if is_full {
            *file = None;
            fs::rename(&self.path, self.path.with_extension("log.old"))?;
        }
        let open = match file.take() {
            Some(open) => open,
            None => open(&self.path)?,
        };
        file.insert(open).write_all(record)?;
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    OpenOptions::new().append(true).create(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_gives_way_to_a_new_one_and_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("folder").join("service.log");
        let log = LogFile::new(path.clone(), 8);
        for record in ["first\n", "second\n", "third\n", "fourth\n", "fifth\n"] {
            (&log).write_all(record.as_bytes()).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "fifth\n");
        let old = fs::read_to_string(path.with_extension("log.old")).unwrap();
        assert_eq!(old, "third\nfourth\n");
    }
}
