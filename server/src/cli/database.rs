use std::fs::File;
use std::io;
use std::path::PathBuf;

use clouddata_server::{Config, Embedded};
use host::{Failure, exit};

/// The embedded store's file, which is there and may be read.
pub(super) fn database(config: &Config) -> Result<PathBuf, Failure> {
    let path = config.data_dir.join(Embedded::FILE_NAME);
    // SQLite does not say why it cannot open a file.
    match File::open(&path) {
        Ok(_) => Ok(path),
        Err(error) => {
            let (folder, file) = (config.data_dir.display(), path.display());
            Err(match error.kind() {
                io::ErrorKind::NotFound => Failure::new(
                    exit::NO_INPUT,
                    format_args!(
                        "no server has stored anything in {folder}: there is no {file}; name its \
                         folder with --data-dir"
                    ),
                ),
                io::ErrorKind::PermissionDenied => Failure::new(
                    exit::NO_PERMISSION,
                    format_args!("{file} may not be read; try with sudo, or as the server's user"),
                ),
                _ => Failure::new(exit::IO, format_args!("{file} cannot be read: {error}")),
            })
        }
    }
}
