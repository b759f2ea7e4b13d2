use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What names the folder for state.
pub(crate) const STATE_VARIABLES: &str = "ProgramData is";

/// Where all that is ours is. It is the same for a user and for a service.
fn ours(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = variable("ProgramData").map(PathBuf::from).filter(|path| path.is_absolute())?;
    Some(folder.join("clouddata"))
}

pub(crate) fn configuration_folder(variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    ours(variable).unwrap_or_else(|| PathBuf::from(r"C:\ProgramData\clouddata"))
}

/// Where the state is, for people.
pub(crate) fn state_folder_for_people(program: &str) -> String {
    format!(r"%PROGRAMDATA%\clouddata\{program}")
}

/// With slashes, which Windows takes too: a backslash would have to be written twice.
pub(crate) fn template(for_linux: &str) -> String {
    const ALIKE: [(&str, &str); 4] = [
        ("/etc/clouddata/", "C:/ProgramData/clouddata/"),
        ("/var/lib/", "C:/ProgramData/clouddata/"),
        ("/dev/smartmesh-api", "COM6"),
        (
            "a name, or a link in /dev/serial/by-id, which stays the same when ports are\n# numbered \
             anew; or",
            "a name such as COM6; or",
        ),
    ];
    ALIKE.iter().fold(for_linux.to_owned(), |text, (linux, ours)| text.replace(linux, ours))
}

/// `variable` is the environment.
pub(crate) fn state_folder(
    program: &str,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    ours(variable).map(|folder| folder.join(program))
}

pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

pub(crate) fn keep_private() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_and_configuration_are_for_the_machine() {
        let variable =
            |wanted: &str| (wanted == "ProgramData").then(|| OsString::from(r"D:\ProgramData"));
        let state = state_folder("program", variable);
        assert_eq!(state, Some(PathBuf::from(r"D:\ProgramData\clouddata\program")));
        assert_eq!(configuration_folder(variable), PathBuf::from(r"D:\ProgramData\clouddata"));
    }

    #[test]
    fn where_nothing_is_named_nothing_is_guessed() {
        assert_eq!(state_folder("program", |_| None), None);
        assert_eq!(state_folder("program", |_| Some(OsString::from("state"))), None);
    }
}
