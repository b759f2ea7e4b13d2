use std::io;
use std::path::Path;

use crate::FileIdentity;
use crate::file_identity::{Facts, facts_at};

/// A file that a program has open and others might delete, replace or cut short under it, with `>`
/// for one: what the program has written is nowhere after a restart then.
///
/// ```
/// use host::{Seen, WatchedFile};
///
/// let file = tempfile::NamedTempFile::new()?;
/// file.as_file().set_len(8192)?;
/// let mut watched = WatchedFile::at(file.path())?.expect("it is there");
/// assert_eq!(watched.look(file.path(), u64::MAX)?, Seen::Whole);
/// file.as_file().set_len(0)?;
/// assert_eq!(watched.look(file.path(), u64::MAX)?, Seen::Cut);
/// std::fs::remove_file(file.path())?;
/// assert_eq!(watched.look(file.path(), u64::MAX)?, Seen::Gone);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WatchedFile {
    identity: FileIdentity,
    /// In octets, when it was last whole.
    length: u64,
}

/// What has become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is where it was, and no shorter than it may be.
    Whole,
    /// It was deleted, moved away or replaced.
    Gone,
    /// Somebody has cut it short.
    Cut,
}

impl WatchedFile {
    /// The file at this path, links followed; `None` if there is none.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn at(path: &Path) -> io::Result<Option<Self>> {
        Ok(facts_at(path)?.map(Self::from))
    }

    /// What has become of it, if it was at this path. The program itself cuts it to no less than
    /// `least` octets; one that it never cuts gets [`u64::MAX`].
    ///
    /// # Errors
    /// If the system does not say; it may be there or not.
    pub fn look(&mut self, path: &Path, least: u64) -> io::Result<Seen> {
        Ok(match Self::at(path)? {
            Some(now) if now.identity != self.identity => Seen::Gone,
            None => Seen::Gone,
            Some(now) if now.length < self.length.min(least) => Seen::Cut,
            Some(now) => {
                self.length = now.length;
                Seen::Whole
            }
        })
    }

    /// Whether this very file is at this path, whatever its length.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn is_at(self, path: &Path) -> io::Result<bool> {
        self.identity.is_at(path)
    }
}

impl From<Facts> for WatchedFile {
    fn from(facts: Facts) -> Self {
        Self { identity: facts.into(), length: facts.length }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn a_file_may_be_cut_by_its_program_to_what_that_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let file = File::create(&path).unwrap();
        let mut watched = WatchedFile::at(&path).unwrap().unwrap();
        let mut look = |length, least| {
            file.set_len(length).unwrap();
            watched.look(&path, least).unwrap()
        };
        assert_eq!(look(100, u64::MAX), Seen::Whole);
        assert_eq!(look(50, 50), Seen::Whole);
        assert_eq!(look(49, 50), Seen::Cut);
        assert_eq!(look(49, 50), Seen::Cut, "until it is opened again");
        assert_eq!(look(50, u64::MAX), Seen::Whole);
        assert_eq!(look(0, 1), Seen::Cut);
    }
}
