use std::ffi::{OsStr, OsString};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::process::umask;

/// What names the folder for state.
pub(crate) const STATE_VARIABLES: &str = "STATE_DIRECTORY, XDG_STATE_HOME and HOME are";

pub(crate) fn configuration_folder(_: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    PathBuf::from("/etc/clouddata")
}

/// Where the state is, for people.
pub(crate) fn state_folder_for_people(program: &str) -> String {
    format!("systemd's state directory, or $XDG_STATE_HOME/{program}")
}

pub(crate) fn template(for_linux: &str) -> String {
    for_linux.to_owned()
}

/// Where systemd says, or in the user's own folder for such things; `variable` is the environment.
pub(crate) fn state_folder(
    program: &str,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
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

pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

pub(crate) fn keep_private() {
    umask(Mode::RWXG | Mode::RWXO);
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn found(environment: &[(&str, &str)]) -> Option<PathBuf> {
        state_folder("program", |wanted| {
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
    }

    #[test]
    fn a_folder_that_is_made_is_the_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("a/b");
        make_folder(&made).unwrap();
        for made in [&made, made.parent().unwrap()] {
            assert_eq!(fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}
