use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Which file it is, whatever its name. A file that was deleted or replaced under a running
/// program still takes all that is written to it, and is nowhere after a restart; so whoever must
/// not lose anything compares what it has opened with what is there.
///
/// ```
/// use host::FileIdentity;
///
/// let file = tempfile::NamedTempFile::new()?;
/// let opened = FileIdentity::of(file.as_file())?;
/// assert!(opened.is_at(file.path())?);
/// std::fs::remove_file(file.path())?;
/// assert!(!opened.is_at(file.path())?);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// That of an open file.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn of(file: &File) -> io::Result<Self> {
        file.metadata().map(|metadata| Self::from(&metadata))
    }

    /// That of the file at this path, links followed; `None` if there is none.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn at(path: &Path) -> io::Result<Option<Self>> {
        Ok(metadata_at(path)?.as_ref().map(Self::from))
    }

    /// Whether this file, and no other, is at this path.
    ///
    /// # Errors
    /// If the system does not say; it may be there or not.
    pub fn is_at(self, path: &Path) -> io::Result<bool> {
        Ok(Self::at(path)? == Some(self))
    }
}

/// What the system says of the file at this path, links followed; `None` if there is none.
pub(crate) fn metadata_at(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(None),
            _ => Err(error),
        },
    }
}

impl From<&Metadata> for FileIdentity {
    fn from(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

#[cfg(test)]
mod tests {
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
        File::create(path("a")).unwrap();
        fs::rename(path("a"), path("b")).unwrap();
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
