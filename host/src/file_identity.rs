use std::fs::File;
use std::io;
use std::path::Path;

use crate::system;

/// Which file it is, whatever its name. A file that was deleted or replaced under a running
/// program still takes all that is written to it, and is nowhere after a restart; so whoever must
/// not lose anything compares what it has opened with what is there.
///
/// ```
/// use host::FileIdentity;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("file");
/// let opened = FileIdentity::of(&std::fs::File::create(&path)?)?;
/// assert!(opened.is_at(&path)?);
/// std::fs::remove_file(&path)?;
/// assert!(!opened.is_at(&path)?);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    volume: u64,
    number: u64,
}

impl FileIdentity {
    /// That of an open file.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn of(file: &File) -> io::Result<Self> {
        system::facts_of(file).map(Self::from)
    }

    /// That of the file at this path, links followed; `None` if there is none.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn at(path: &Path) -> io::Result<Option<Self>> {
        Ok(facts_at(path)?.map(Self::from))
    }

    /// Whether this file, and no other, is at this path.
    ///
    /// # Errors
    /// If the system does not say; it may be there or not.
    pub fn is_at(self, path: &Path) -> io::Result<bool> {
        Ok(Self::at(path)? == Some(self))
    }
}

/// What tells a file from all others, and how long it is, as the system says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) volume: u64,
    pub(crate) number: u64,
    /// In octets.
    pub(crate) length: u64,
}

/// What the system says of the file at this path, links followed; `None` if there is none.
pub(crate) fn facts_at(path: &Path) -> io::Result<Option<Facts>> {
    match system::facts_at(path) {
        Ok(facts) => Ok(Some(facts)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(None),
            _ => Err(error),
        },
    }
}

impl From<Facts> for FileIdentity {
    fn from(Facts { volume, number, .. }: Facts) -> Self {
        Self { volume, number }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_itself_by_any_name_until_another_takes_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        let file = File::create(path("a")).unwrap();
        let opened = FileIdentity::of(&file).unwrap();
        assert!(opened.is_at(&path("a")).unwrap());
        fs::rename(path("a"), path("b")).unwrap();
        assert!(opened.is_at(&path("b")).unwrap() && !opened.is_at(&path("a")).unwrap());
        // The old file is held open, so that its number is not given to the new one.
        fs::rename(path("b"), path("c")).unwrap();
        File::create(path("b")).unwrap();
        assert!(!opened.is_at(&path("b")).unwrap());
    }

    #[test]
    fn where_the_folder_is_gone_there_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        for gone in ["absent/file", "file/file"] {
            assert_eq!(FileIdentity::at(&folder.path().join(gone)).unwrap(), None);
        }
    }
}
