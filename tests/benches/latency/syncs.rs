//! How often a program waits for the disk. Linux does not count it, so a few lines of C do, in
//! place of libc's own calls.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/latency/count_syncs.c");

/// Counts the syncs of the programs that are started with its environment.
pub(crate) struct Syncs {
    /// In memory, so that counting is no writing to disk.
    folder: TempDir,
}

impl Syncs {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new_in("/dev/shm").expect("a folder in memory");
        let syncs = Self { folder };
        fs::write(syncs.file(), "").expect("it can be written");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-o"])
            .args([&syncs.library(), &PathBuf::from(SOURCE)])
            .status();
        assert!(built.expect("cc is there: SQLite is built with it too").success());
        syncs
    }

    pub(crate) fn environment(&self) -> [(&'static str, PathBuf); 2] {
        [("LD_PRELOAD", self.library()), ("COUNT_SYNCS", self.file())]
    }

    pub(crate) fn count(&self) -> u64 {
        fs::metadata(self.file()).expect("it is there").len()
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("count_syncs.so")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("syncs")
    }
}
