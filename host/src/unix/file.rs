use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::file_identity::Facts;

pub(crate) fn facts_of(file: &File) -> io::Result<Facts> {
    file.metadata().map(|metadata| Facts::from(&metadata))
}

/// Of the file at this path, links followed.
pub(crate) fn facts_at(path: &Path) -> io::Result<Facts> {
    fs::metadata(path).map(|metadata| Facts::from(&metadata))
}

impl From<&Metadata> for Facts {
    fn from(metadata: &Metadata) -> Self {
        Self { volume: metadata.dev(), number: metadata.ino(), length: metadata.len() }
    }
}
