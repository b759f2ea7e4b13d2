use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

/// Windows does not say it without being asked for the file itself.
pub(crate) fn is_write_refused(path: &Path) -> bool {
    let opened = if path.is_dir() {
        let probe = path.join(format!("probe-{}", std::process::id()));
        let made = OpenOptions::new().write(true).create_new(true).open(&probe);
        made.map(drop).and_then(|()| fs::remove_file(&probe))
    } else {
        OpenOptions::new().write(true).open(path).map(drop)
    };
    opened.is_err_and(|error| {
        matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
    })
}
