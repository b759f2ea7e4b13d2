//! A file that was deleted, moved, replaced or cut short under the running gateway. Until it is closed
//! it mostly holds what was written to it, so that this can go to the file which takes its place.

use std::fs;

use rusqlite::ErrorCode;

use super::file::{File, State, is_damage};
use super::{Spool, SpoolError};

impl Spool {
    /// Looks whether the file is what it was when it was opened, and where, and puts another there
    /// if it is not.
    ///
    /// # Errors
    /// If that cannot be done; what it held is kept then, and it is tried again.
    pub(super) fn replace_if_gone(&mut self) -> Result<(), SpoolError> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        let state = file.look();
        if state == State::Whole {
            self.file = Some(file);
            return Ok(());
        }
        let before = self.len;
        "it was deleted or cut short".clone_into(&mut self.reason);
        if state == State::JournalCut {
            file.leave_journal().map_err(|source| self.fault(source))?;
        } else {
            self.leave(file, state)?;
        }
        self.open_file()?;
        self.renewals += 1;
        self.renewed = true;
        let spooled = self.len;
        if state == State::Gone {
            tracing::warn!(spooled, "the spool was deleted or replaced; it was made anew");
        } else {
            tracing::error!(before, spooled, "the spool was cut short; it was opened anew");
        }
        Ok(())
    }

    /// Closes a file, and brings what it holds to where it will be found.
    fn leave(&mut self, file: File, state: State) -> Result<(), SpoolError> {
        match self.rescue(&file, state) {
            Ok(()) => {}
            Err(error) if is_hopeless(&error) => {
                tracing::error!(%error, "the spool was pulled away, and not all that it held is saved");
            }
            Err(error) => {
                self.file = Some(file);
                self.fails = true;
                return Err(error);
            }
        }
        let (beside, at_its_path) = (file.beside(), file.is_at_its_path());
        drop(file);
        if !at_its_path {
            File::delete_beside(beside, &self.path);
            self.put_rescued_in_place()?;
        }
        Ok(())
    }

    fn rescue(&self, file: &File, state: State) -> Result<(), SpoolError> {
        let fault = |source| self.fault(source);
        let checkpoint = || file.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        if let Some(directory) = self.path.parent() {
            host::make_folder(directory)
                .map_err(|source| SpoolError::Io { path: directory.to_owned(), source })?;
        }
        // A file that was only moved, or lacks its journal, is whole again after that; one that was
        // cut short may be, if it was small.
        let saved = checkpoint().map_err(fault);
        if state == State::Gone && file.is_at_its_path() {
            return saved;
        }
        let (unfinished, rescued) = (self.unfinished(), self.rescued());
        // One that was begun before a power cut.
        let _ = fs::remove_file(&unfinished);
        let name = unfinished.to_string_lossy();
        file.connection.execute("VACUUM INTO ?", [name]).map_err(fault)?;
        fs::File::open(&unfinished)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&unfinished, &rescued))
            .map_err(|source| SpoolError::Io { path: rescued, source })?;
        saved
    }

    fn put_rescued_in_place(&self) -> Result<(), SpoolError> {
        let rescued = self.rescued();
        // If another file is there by now, it gets what was rescued when it is opened.
        if self.path.exists() || !rescued.exists() {
            return Ok(());
        }
        let moved = fs::rename(&rescued, &self.path);
        moved.map_err(|source| SpoolError::Io { path: rescued, source })
    }
}

/// Whether there is nothing to be had of a file any more, however often it is tried.
fn is_hopeless(error: &SpoolError) -> bool {
    let SpoolError::Sqlite { source, .. } = error else { return false };
    is_damage(source) || source.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tempfile::TempDir;

    use super::super::tests::{LIMIT, contents, reading};
    use super::super::{FILE, Look};
    use super::*;

    /// Cuts a file to half of its length, or to nothing as `>` does.
    fn cut(path: &Path, to_nothing: bool) {
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        let half = file.metadata().unwrap().len() / 8192 * 4096;
        file.set_len(if to_nothing { 0 } else { half }).unwrap();
    }

    /// How many of so many readings are left when a file was cut short, and two more were appended.
    fn left(readings: i64, name: &str, to_nothing: bool) -> usize {
        let dir = TempDir::new().unwrap();
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        for readings in (1..=readings).map(reading).collect::<Vec<_>>().chunks(10) {
            spool.append(readings).unwrap();
        }
        cut(&dir.path().join(name), to_nothing);
        spool.append(&[reading(-1)]).unwrap();
        assert_eq!(spool.renewals(), 1, "{name}");
        assert_eq!(spool.look().unwrap(), Look { renewed: true, written: false });
        assert_eq!(spool.look().unwrap(), Look::default());
        spool.append(&[reading(-2)]).unwrap();
        let count = usize::try_from(spool.len()).unwrap();
        drop(spool);
        let found = contents(&mut Spool::open(dir.path(), LIMIT).unwrap());
        assert_eq!(found.len(), count);
        assert_eq!(found[count - 2..], [reading(-1), reading(-2)], "{name}");
        count - 2
    }

    #[test]
    fn one_that_is_cut_short_is_opened_anew_with_what_is_left() {
        assert_eq!(left(3, FILE, true), 3, "all is in the journal");
        // Of a file that is in use, the journal has the newest pages only.
        left(1000, FILE, true);
        left(1000, FILE, false);
    }

    #[test]
    fn of_a_journal_that_is_cut_short_the_beginning_is_left() {
        let (nothing, half) = (left(30, "spool.db-wal", true), left(30, "spool.db-wal", false));
        assert!(nothing < 30 && nothing <= half, "{nothing}, {half}");
        let filed = left(1000, "spool.db-wal", true);
        // All, if the journal has just been brought into the file.
        assert!((900..=1000).contains(&filed), "{filed}");
    }

    #[test]
    fn one_that_its_program_makes_smaller_is_not_cut() {
        let dir = TempDir::new().unwrap();
        let mut spool = Spool::open(dir.path(), 8 * LIMIT).unwrap();
        for chunk in 0..60 {
            let readings: Vec<_> = (chunk * 1000..(chunk + 1) * 1000).map(reading).collect();
            spool.append(&readings).unwrap();
        }
        drop(spool);
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        for micros in -100..0 {
            spool.append(&[reading(micros)]).unwrap();
            spool.look().unwrap();
        }
        assert_eq!(spool.renewals(), 0);
    }
}
