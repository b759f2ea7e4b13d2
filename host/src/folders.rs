use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::{system, variable};

/// The system names no folder in which a program could keep its state.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "there is no folder for the state: {} not set; name one with {option}",
    system::STATE_VARIABLES
)]
pub struct NoStateFolder {
    option: &'static str,
}

/// Where a program of this name keeps its state: where systemd says, or in the user's own folder
/// for such things; on Windows in `%PROGRAMDATA%\clouddata`. It need not be there yet.
///
/// # Errors
/// If there is none; `option` is what the folder can be named with, such as `--data-dir`. A
/// temporary folder would not do: its files go with the next boot, and are anybody's.
pub fn state_folder(program: &str, option: &'static str) -> Result<PathBuf, NoStateFolder> {
    system::state_folder(program, variable).ok_or(NoStateFolder { option })
}

/// The same in words, for help.
#[must_use]
pub fn state_folder_for_people(program: &str) -> String {
    system::state_folder_for_people(program)
}

/// A configuration file to start from, as written for Linux, with the names of folders and ports that
/// this system has.
#[must_use]
pub fn template(for_linux: &str) -> String {
    system::template(for_linux)
}

/// Where a configuration file of this name is, unless another is named. It need not be there.
#[must_use]
pub fn configuration_file(name: &str) -> PathBuf {
    system::configuration_folder(variable).join(name)
}

/// The file of a secret that systemd passes on (`LoadCredential=`), if it does.
#[must_use]
pub fn credential(name: &str) -> Option<PathBuf> {
    let folder = variable("CREDENTIALS_DIRECTORY")?;
    Some(Path::new(&folder).join(name)).filter(|file| file.exists())
}

/// Makes a folder for state, and those it is in, unless they are there. Nobody else may look into
/// what is made; on Windows, who may look into the folder that it is in.
///
/// # Errors
/// If it cannot be made, or is something else.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    system::make_folder(folder)
}

/// Has every file and folder that this process makes from now on be its user's alone, whatever the
/// shell that started it would have: databases, spools and their copies are nobody else's. Under
/// systemd the units say the same. Windows has no such thing: a file is for whom its folder is.
pub fn keep_private() {
    system::keep_private();
}

/// Whether the system refuses that something is written at this path, a file or a folder: it is
/// somebody else's, or all there is read-only.
#[must_use]
pub fn is_write_refused(path: &Path) -> bool {
    system::is_write_refused(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_can_be_named_instead_is_said() {
        let error = NoStateFolder { option: "--data-dir" }.to_string();
        assert!(error.ends_with("not set; name one with --data-dir"), "{error}");
    }

    #[test]
    fn a_folder_is_made_once_and_never_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("a").join("b");
        make_folder(&made).unwrap();
        make_folder(&made).unwrap();
        assert!(made.is_dir());
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(make_folder(&folder.path().join("file")).is_err());
    }

    #[test]
    fn where_one_may_write_nothing_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_write_refused(folder.path()));
        let file = folder.path().join("file");
        assert!(!is_write_refused(&file), "it is not there");
        fs::write(&file, "").unwrap();
        assert!(!is_write_refused(&file));
    }
}
