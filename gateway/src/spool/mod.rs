//! What the server has not taken yet, safe on disk: readings, links and events alike.
//!
//! What holds:
//! - [`append`](Spool::append) returns when the records would survive a power cut.
//! - A record is in the spool once, however often it is appended.
//! - It never grows past its limit: the oldest records make room, and are counted.
//! - What the server refuses is kept with the reason, out of the way of the others, in a part of
//!   the spool that it does not outgrow, and can be [put back](revive).
//! - A damaged file is set aside under another name, never deleted, and a new one takes its place.
//! - A file that was deleted, moved, replaced or cut short under a running gateway is noticed before
//!   the next commit, and what it held goes to the one that takes its place, as far as it is there.
//! - A link of which the neighbour has only a number waits until that has a name.
//! - Other processes may read and write it too.
//!
//! It is a SQLite file, for any tool that reads one:
//! `SELECT hex(identity), micros, value, json FROM records`, where an identity is a mote's for a
//! temperature, and what it is for others says [`row`].

mod bounds;
mod dead_letters;
mod error;
mod file;
mod form;
mod queue;
mod removal;
mod rescued;
mod room;
mod row;
mod saved_clock;
mod transaction;
mod undated;
mod unnamed;

pub(crate) use dead_letters::{UNKNOWN_TIME, revive};
pub use error::SpoolError;
pub(crate) use row::record;

use std::path::{Path, PathBuf};

use readings::Record;

use bounds::Bounds;
use dead_letters::DeadLetters;
use file::{File, is_damage, set_aside};

pub(crate) const FILE: &str = "spool.db";

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS records (
        id INTEGER PRIMARY KEY,
        identity BLOB NOT NULL,
        micros INTEGER NOT NULL,
        value REAL NOT NULL,
        json TEXT,
        mote_id INTEGER,
        UNIQUE (identity, micros)
    ) STRICT;
";

/// The spool. See the module's documentation for what it promises.
#[derive(Debug)]
pub struct Spool {
    /// `None` while there can be none.
    file: Option<File>,
    /// Why there is none.
    reason: String,
    path: PathBuf,
    bounds: Bounds,
    /// Records that the server may have.
    len: u64,
    /// Links of which the neighbour has no name yet, dated or not.
    unnamed: u64,
    dead: DeadLetters,
    /// Records that have made room and were not reported yet.
    dropped: u64,
    /// How often the file had to be made anew under the running gateway.
    renewals: u64,
    /// Whether that was not looked at yet.
    renewed: bool,
    /// Whether the last commit failed.
    fails: bool,
}

/// A record in the spool.
#[derive(Clone, Debug, PartialEq)]
pub struct Spooled {
    /// Its number there.
    pub id: i64,
    /// The record, with its time.
    pub record: Record,
}

/// What a [look](Spool::look) at the file has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The file is another than at the last look, and may lack what was saved in it.
    pub renewed: bool,
    /// Another process has written to it: more or less may wait.
    pub written: bool,
}

impl Spool {
    /// Opens the spool in this directory, making both if needed. `limit` is in octets.
    ///
    /// # Errors
    /// If directory or file cannot be read and written.
    pub fn open(directory: &Path, limit: u64) -> Result<Self, SpoolError> {
        let mut spool = Self::unwritable(directory, limit, String::new());
        spool.open_file()?;
        Ok(spool)
    }

    /// A spool in a directory that cannot be written. It takes nothing, and every
    /// [look](Self::look) tries whether it can.
    pub(crate) fn unwritable(directory: &Path, limit: u64, reason: String) -> Self {
        Self {
            file: None,
            reason,
            path: directory.join(FILE),
            bounds: Bounds::new(limit),
            len: 0,
            unnamed: 0,
            dead: DeadLetters::default(),
            dropped: 0,
            renewals: 0,
            renewed: false,
            fails: false,
        }
    }

    /// How many records wait for the server.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether no record waits for the server.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether it takes records: there is a file, and the last commit has not failed.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        self.file.is_some() && !self.fails
    }

    /// How often the file was gone under the running gateway, and was made anew.
    #[must_use]
    pub const fn renewals(&self) -> u64 {
        self.renewals
    }

    /// Looks at what may have happened to the file from outside. To be called about once a second.
    ///
    /// # Errors
    /// If it cannot be used.
    pub fn look(&mut self) -> Result<Look, SpoolError> {
        if self.file.is_none() {
            self.open_file()?;
            self.renewed = true;
        }
        self.replace_if_gone()?;
        let written = self.file()?.was_written().map_err(|source| self.fault(source))?;
        if written {
            self.count()?;
        }
        self.say_dropped_dead_letters();
        Ok(Look { renewed: core::mem::take(&mut self.renewed), written })
    }

    /// Opens the file, sets it aside if it is damaged, and brings it within its bounds.
    fn open_file(&mut self) -> Result<(), SpoolError> {
        if let Some(directory) = self.path.parent() {
            host::make_folder(directory)
                .map_err(|source| SpoolError::Io { path: directory.to_owned(), source })?;
        }
        let opened = match File::open(&self.path, self.bounds) {
            Err(error) if is_damage(&error) => {
                set_aside(&self.path, &error)?;
                File::open(&self.path, self.bounds)
            }
            other => other,
        };
        self.file = Some(opened.map_err(|source| self.fault(source))?);
        self.count()?;
        self.bring_dead_letters_in_form()?;
        self.adopt_rescued()?;
        self.compact_if_oversized();
        Ok(())
    }

    /// Takes a new file after damage was found in the present one.
    fn renew(&mut self, damage: &rusqlite::Error) -> Result<(), SpoolError> {
        // The damaged file is closed before it is moved.
        self.file = None;
        "it is damaged".clone_into(&mut self.reason);
        set_aside(&self.path, damage)?;
        self.open_file()?;
        self.renewed = true;
        Ok(())
    }

    fn count(&mut self) -> Result<(), SpoolError> {
        self.len =
            self.query("SELECT count(*) FROM records WHERE mote_id IS NULL", |row| row.get(0))?;
        self.count_unnamed()?;
        self.count_dead_letters()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use readings::{Mac, Reading, Timestamp};
    use tempfile::TempDir;

    use super::*;

    pub(super) const LIMIT: u64 = 1024 * 1024;

    pub(super) fn reading(micros: i64) -> Record {
        let mac = Mac::from([0, 0x17, 0x0d, 0, 0, 0x30, 0x5d, 0x39]);
        Reading::temperature(mac, 22.97, Some(Timestamp::from_micros(micros))).into()
    }

    pub(super) fn contents(spool: &mut Spool) -> Vec<Record> {
        spool.oldest(1_000_000).unwrap().into_iter().map(|spooled| spooled.record).collect()
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Spool::open(&file.join("state"), LIMIT).unwrap_err().to_string();
        assert!(error.contains("file/state"), "{error}");
    }
}
