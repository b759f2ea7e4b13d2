use std::fs::File;
use std::io;
use std::path::Path;

use winapi_util::Handle;
use winapi_util::file::{Information, information};

use crate::file_identity::Facts;

pub(crate) fn facts_of(file: &File) -> io::Result<Facts> {
    information(file).map(Facts::from)
}

/// Of the file at this path, links followed. It is opened for that, and nobody is kept from it.
pub(crate) fn facts_at(path: &Path) -> io::Result<Facts> {
    information(Handle::from_path_any(path)?).map(Facts::from)
}

impl From<Information> for Facts {
    fn from(information: Information) -> Self {
        Self {
            volume: information.volume_serial_number(),
            number: information.file_index(),
            length: information.file_size(),
        }
    }
}
