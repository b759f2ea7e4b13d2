//! A kit's readings and simulated ones are never in one folder: what never was would be on the page
//! for hours.

use core::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use host::{Failure, exit};

/// Says of a folder whose readings are in it.
const MARK: &str = "kind";

/// What a folder without a mark has if it was used before there were marks.
const DATABASE: &str = "readings.db";

/// Whose readings are in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of real motes.
    Kit,
    /// Of simulated ones.
    Simulated,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Kit => "kit",
            Self::Simulated => "simulated",
        }
    }

    /// The folder of state that is used unless another is named.
    const fn default_folder(self) -> &'static str {
        match self {
            Self::Kit => "clouddata",
            Self::Simulated => "clouddata-simulated",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kit => "a real kit's",
            Self::Simulated => "simulated",
        })
    }
}

/// The folder for readings of this kind: the one that is named, or the kind's own. It is made, and
/// marked.
pub(crate) fn claim(named: Option<&Path>, kind: Kind) -> Result<PathBuf, Failure> {
    let folder = match named {
        Some(folder) => folder.to_owned(),
        None => host::state_folder(kind.default_folder(), "--data-dir")
            .map_err(|error| Failure::new(exit::CONFIGURATION, error))?,
    };
    let found = kind_of(&folder, kind).map_err(|error| unusable(&folder, &error))?;
    if found != kind {
        return Err(Failure::new(
            exit::CONFIGURATION,
            format_args!(
                "the folder {} holds {found} readings, and {kind} ones are not mixed with them; \
                 name another with --data-dir",
                folder.display()
            ),
        ));
    }
    Ok(folder)
}

/// Whose readings are in the folder; if there are none yet, they are going to be of this kind.
fn kind_of(folder: &Path, kind: Kind) -> io::Result<Kind> {
    match fs::read_to_string(folder.join(MARK)) {
        Ok(mark) if mark.trim() == Kind::Simulated.name() => return Ok(Kind::Simulated),
        Ok(_) => return Ok(Kind::Kit),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    if folder.join(DATABASE).exists() {
        return Ok(Kind::Kit);
    }
    host::make_folder(folder)?;
    fs::write(folder.join(MARK), format!("{}\n", kind.name()))?;
    Ok(kind)
}

fn unusable(folder: &Path, error: &io::Error) -> Failure {
    let code = match error.kind() {
        io::ErrorKind::PermissionDenied => exit::NO_PERMISSION,
        _ => exit::IO,
    };
    Failure::new(
        code,
        format_args!(
            "cannot use {} for data: {error}; make it writable or name another with --data-dir",
            folder.display()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_of_the_kind_that_it_was_first() {
        for (first, then) in [(Kind::Kit, Kind::Simulated), (Kind::Simulated, Kind::Kit)] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("data");
            assert_eq!(claim(Some(&path), first).unwrap(), path);
            assert!(claim(Some(&path), then).is_err());
            assert!(claim(Some(&path), first).is_ok());
        }
    }

    #[test]
    fn a_folder_from_before_there_were_marks_is_a_kits() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(DATABASE), "").unwrap();
        assert!(claim(Some(folder.path()), Kind::Simulated).is_err());
        assert!(claim(Some(folder.path()), Kind::Kit).is_ok());
    }
}
