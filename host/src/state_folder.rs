use std::ffi::{OsStr, OsString};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::variable;

/// The system names no folder in which a program could keep its state.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "there is no folder for the state: STATE_DIRECTORY, XDG_STATE_HOME and HOME are not set; \
     name one with {option}"
)]
pub struct NoStateFolder {
    option: &'static str,
}

/// Where a program of this name keeps its state: where systemd says, or in the user's own folder
/// for such things. It need not be there yet.
///
/// # Errors
/// If there is neither; `option` is what the folder can be named with, such as `--data-dir`. A
/// temporary folder would not do: its files go with the next boot, and are anybody's.
pub fn state_folder(program: &str, option: &'static str) -> Result<PathBuf, NoStateFolder> {
    find(program, variable).ok_or(NoStateFolder { option })
}

/// Makes a folder for state, and those it is in, unless they are there. Nobody else may look into
/// what is made.
///
/// # Errors
/// If it cannot be made, or is something else.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// `variable` is the environment.
fn find(program: &str, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(folders) = variable("STATE_DIRECTORY") {
        // systemd separates several by colons; the first is the program's.
        let first = folders.as_bytes().split(|&octet| octet == b':').next()?;
        return Some(PathBuf::from(OsStr::from_bytes(first)));
    }
    // What is relative is nowhere: who starts the program elsewhere would find another folder.
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join(program))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn found(environment: &[(&str, &str)]) -> Option<PathBuf> {
        find("program", |wanted| {
            let value = environment.iter().find(|(name, _)| *name == wanted);
            value.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn systemd_goes_before_the_user() {
        let home = [("HOME", "/home/a")];
        let xdg = [("XDG_STATE_HOME", "/state"), ("HOME", "/home/a")];
        let systemd = [("STATE_DIRECTORY", "/var/lib/a:/var/lib/b"), ("XDG_STATE_HOME", "/state")];
        assert_eq!(found(&home), Some("/home/a/.local/state/program".into()));
        assert_eq!(found(&xdg), Some("/state/program".into()));
        assert_eq!(found(&systemd), Some("/var/lib/a".into()));
    }

    #[test]
    fn where_nothing_is_named_nothing_is_guessed() {
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[("XDG_STATE_HOME", "state"), ("HOME", ".")]), None);
        let relative = [("XDG_STATE_HOME", "state"), ("HOME", "/home/a")];
        assert_eq!(found(&relative), Some("/home/a/.local/state/program".into()));
        let error = NoStateFolder { option: "--data-dir" }.to_string();
        assert!(error.ends_with("name one with --data-dir"), "{error}");
    }

    #[test]
    fn a_folder_that_is_made_is_the_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("a/b");
        make_folder(&made).unwrap();
        make_folder(&made).unwrap();
        for made in [&made, made.parent().unwrap()] {
            assert_eq!(fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
        }
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(make_folder(&folder.path().join("file")).is_err());
    }
}
