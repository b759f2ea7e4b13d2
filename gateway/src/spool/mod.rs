//! Readings that the server has not taken yet, safe on disk.
//!
//! What holds:
//! - [`append`](Spool::append) returns when the readings would survive a power cut.
//! - A reading is in the spool once, however often it is appended.
//! - It never grows past its limit: the oldest readings make room, and are counted.
//! - What the server refuses is kept with the reason, out of the way of the others, in a part of
//!   the spool that it does not outgrow, and can be [put back](revive).
//! - A damaged file is set aside under another name, never deleted, and a new one takes its place.
//! - A file that was deleted, moved, replaced or cut short under a running gateway is noticed before
//!   the next commit, and what it held goes to the one that takes its place, as far as it is there.
//! - Other processes may read and write it too.
//!
//! It is a SQLite file, for any tool that reads one:
//! `SELECT hex(mac), micros, temperature FROM readings`.

mod bounds;
mod dead_letters;
mod error;
mod file;
mod removal;
mod rescued;
mod saved_clock;
mod undated;

pub(crate) use dead_letters::{UNKNOWN_TIME, revive};
pub use error::SpoolError;

use std::path::{Path, PathBuf};

use bounds::Bounds;
use dead_letters::DeadLetters;
use file::{File, is_damage, set_aside};
use readings::{Mac, Reading, Timestamp};
use rusqlite::{Connection, Params, Row, Transaction, TransactionBehavior, params};

pub(crate) const FILE: &str = "spool.db";

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS readings (
        id INTEGER PRIMARY KEY,
        mac BLOB NOT NULL,
        micros INTEGER NOT NULL,
        temperature REAL NOT NULL,
        UNIQUE (mac, micros)
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
    len: u64,
    dead: DeadLetters,
    /// Readings that have made room and were not reported yet.
    dropped: u64,
    /// How often the file had to be made anew under the running gateway.
    renewals: u64,
    /// Whether that was not looked at yet.
    renewed: bool,
    /// Whether the last commit failed.
    fails: bool,
}

/// A reading in the spool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spooled {
    /// Its number there.
    pub id: i64,
    /// The reading, with its time.
    pub reading: Reading,
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
            dead: DeadLetters::default(),
            dropped: 0,
            renewals: 0,
            renewed: false,
            fails: false,
        }
    }

    /// How many readings wait for the server.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether no reading waits for the server.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether it takes readings: there is a file, and the last commit has not failed.
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

    /// Makes readings safe, and returns how many of the oldest had to make room for them.
    /// Readings without a time are not taken.
    ///
    /// # Errors
    /// If they are not all safe: the disk is full, or fails.
    pub fn append(&mut self, readings: &[Reading]) -> Result<u64, SpoolError> {
        for readings in readings.chunks(self.bounds.rows()) {
            self.make_room()?;
            self.len += self.transact(|transaction| insert(transaction, readings))?;
        }
        Ok(core::mem::take(&mut self.dropped))
    }

    /// The oldest readings.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn oldest(&mut self, at_most: usize) -> Result<Vec<Spooled>, SpoolError> {
        self.oldest_after(i64::MIN, at_most)
    }

    /// The oldest readings of those that came after the one with this number.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn oldest_after(&mut self, after: i64, most: usize) -> Result<Vec<Spooled>, SpoolError> {
        self.select(
            "SELECT id, mac, micros, temperature FROM readings WHERE id > ? ORDER BY id LIMIT ?",
            params![after, most],
        )
    }

    /// The newest readings of those that came after the one with this number.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn newest(&mut self, after: i64, at_most: usize) -> Result<Vec<Spooled>, SpoolError> {
        self.select(
            "SELECT id, mac, micros, temperature FROM readings WHERE id > ?
             ORDER BY id DESC LIMIT ?",
            params![after, at_most],
        )
    }

    fn select(&mut self, query: &str, values: impl Params) -> Result<Vec<Spooled>, SpoolError> {
        let connection = self.connection()?;
        let read = || connection.prepare_cached(query)?.query_map(values, spooled)?.collect();
        match read() {
            Err(error) if is_damage(&error) => {
                self.renew(&error)?;
                Ok(Vec::new())
            }
            other => other.map_err(|source| self.fault(source)),
        }
    }

    /// Forgets readings that the server has taken.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn remove(&mut self, taken: &[Spooled]) -> Result<(), SpoolError> {
        // If a power cut undoes it, they are sent again, which does no harm: no sync is spent on it.
        self.sync_commits("normal")?;
        let rows = self.bounds.rows();
        let removed = taken.chunks(rows).try_for_each(|taken| self.remove_some(taken));
        self.sync_commits("full")?;
        removed
    }

    fn remove_some(&mut self, taken: &[Spooled]) -> Result<(), SpoolError> {
        let removed = self.transact(|transaction| {
            // A number alone may mean another reading by now: that of a file which has taken the
            // place of a damaged one.
            let mut delete = transaction
                .prepare_cached("DELETE FROM readings WHERE id = ? AND mac = ? AND micros = ?")?;
            let mut delete = |Spooled { id, reading }: &Spooled| {
                let micros = reading.timestamp.map_or(0, Timestamp::as_micros);
                delete.execute(params![id, reading.mac.octets(), micros])
            };
            taken.iter().map(&mut delete).sum::<Result<usize, _>>()
        })?;
        self.len = self.len.saturating_sub(removed as u64);
        Ok(())
    }

    fn sync_commits(&self, synchronous: &str) -> Result<(), SpoolError> {
        let set = self.connection()?.pragma_update(None, "synchronous", synchronous);
        set.map_err(|source| self.fault(source))
    }

    /// Does all of this or nothing, in the file that is there.
    fn transact<T>(
        &mut self,
        mut work: impl FnMut(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, SpoolError> {
        self.replace_if_gone()?;
        let done = match self.try_transact(&mut work)? {
            Err(error) if is_damage(&error) => {
                self.renew(&error)?;
                self.try_transact(&mut work)?
            }
            other => other,
        };
        self.fails = done.is_err();
        done.map_err(|source| self.fault(source))
    }

    fn try_transact<T>(
        &mut self,
        work: &mut impl FnMut(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<rusqlite::Result<T>, SpoolError> {
        let connection = &mut self.file()?.connection;
        // From the first statement on nobody else writes, so that none of them has to give way.
        let begin = TransactionBehavior::Immediate;
        let mut transact = || {
            let transaction = connection.transaction_with_behavior(begin)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        Ok(transact())
    }

    fn file(&mut self) -> Result<&mut File, SpoolError> {
        let Self { file, path, reason, .. } = self;
        let missing = || SpoolError::Unwritable { path: path.clone(), reason: reason.clone() };
        file.as_mut().ok_or_else(missing)
    }

    fn connection(&self) -> Result<&Connection, SpoolError> {
        let Self { file, path, reason, .. } = self;
        let missing = || SpoolError::Unwritable { path: path.clone(), reason: reason.clone() };
        file.as_ref().map(|file| &file.connection).ok_or_else(missing)
    }

    fn query<T>(
        &self,
        query: &str,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, SpoolError> {
        let row = self.connection()?.query_row(query, [], read);
        row.map_err(|source| self.fault(source))
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
        self.len = self.query("SELECT count(*) FROM readings", |row| row.get(0))?;
        self.count_dead_letters()
    }

    /// What the pages in use come to, in octets.
    fn used(&self) -> Result<u64, SpoolError> {
        let query = "SELECT (page_count - freelist_count) * page_size
                     FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
        self.query(query, |row| row.get(0))
    }

    /// Drops the oldest readings if the spool has reached its limit.
    fn make_room(&mut self) -> Result<(), SpoolError> {
        let most = self.bounds.pages(self.dead.octets());
        if self.used()? < most {
            return Ok(());
        }
        while self.used()? >= most.saturating_sub(self.bounds.slack()) {
            let dropped = self.drop_oldest()?;
            if dropped == 0 {
                break;
            }
            self.dropped += dropped;
        }
        self.count()?;
        self.compact_if_oversized();
        Ok(())
    }

    fn drop_oldest(&mut self) -> Result<u64, SpoolError> {
        let rows = self.bounds.rows();
        self.transact(|transaction| {
            for table in ["readings", "undated"] {
                let oldest = format!(
                    "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} ORDER BY id LIMIT ?)"
                );
                let dropped = transaction.prepare_cached(&oldest)?.execute([rows])? as u64;
                if dropped > 0 {
                    return Ok(dropped);
                }
            }
            Ok(0)
        })
    }

    /// SQLite never gives back what a file once had. It has had too much if an earlier version
    /// knew fewer bounds, or the limit was higher.
    fn compact_if_oversized(&mut self) {
        let compacted = self.compact();
        if let Err(error) = compacted {
            tracing::warn!(%error, "the spool's file stays larger than it should be");
        }
    }

    fn compact(&mut self) -> Result<(), SpoolError> {
        let size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        let most = self.bounds.file();
        if self.query(size, |row| row.get::<_, u64>(0))? <= most || self.used()? > most {
            return Ok(());
        }
        let compacted =
            self.connection()?.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
        compacted.map_err(|source| self.fault(source))?;
        if let Some(file) = &mut self.file {
            file.compacted();
        }
        Ok(())
    }

    fn fault(&self, source: rusqlite::Error) -> SpoolError {
        SpoolError::Sqlite { path: self.path.clone(), source }
    }
}

fn insert(transaction: &Transaction<'_>, readings: &[Reading]) -> rusqlite::Result<u64> {
    let mut insert = transaction.prepare_cached(
        "INSERT OR IGNORE INTO readings (mac, micros, temperature) VALUES (?, ?, ?)",
    )?;
    let mut added = 0;
    for reading in readings {
        let Some(timestamp) = reading.timestamp else { continue };
        let (mac, micros) = (reading.mac.octets(), timestamp.as_micros());
        added += insert.execute(params![mac, micros, reading.value])? as u64;
    }
    Ok(added)
}

fn spooled(row: &Row<'_>) -> rusqlite::Result<Spooled> {
    let mac = Mac::from(row.get::<_, [u8; 8]>(1)?);
    let timestamp = Some(Timestamp::from_micros(row.get(2)?));
    Ok(Spooled { id: row.get(0)?, reading: Reading::temperature(mac, row.get(3)?, timestamp) })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    pub(super) const LIMIT: u64 = 1024 * 1024;

    pub(super) fn reading(micros: i64) -> Reading {
        let mac = Mac::from([0, 0x17, 0x0d, 0, 0, 0x30, 0x5d, 0x39]);
        Reading::temperature(mac, 22.97, Some(Timestamp::from_micros(micros)))
    }

    pub(super) fn contents(spool: &mut Spool) -> Vec<Reading> {
        spool.oldest(1_000_000).unwrap().into_iter().map(|spooled| spooled.reading).collect()
    }

    #[test]
    fn what_was_appended_is_there_after_opening_again_in_order_and_once() {
        let dir = TempDir::new().unwrap();
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        spool.append(&[reading(2), reading(1), reading(2)]).unwrap();
        spool.append(&[reading(1), reading(3)]).unwrap();
        assert_eq!(spool.len(), 3);
        drop(spool);
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        assert_eq!(spool.len(), 3);
        assert_eq!(contents(&mut spool), [reading(2), reading(1), reading(3)]);
    }

    #[test]
    fn the_newest_are_those_that_came_last() {
        let dir = TempDir::new().unwrap();
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        spool.append(&[reading(5), reading(1), reading(3), reading(2)]).unwrap();
        let first = spool.oldest(1).unwrap()[0].id;
        let newest = |spool: &mut Spool, at_most| -> Vec<_> {
            let newest = spool.newest(first, at_most).unwrap();
            newest.into_iter().map(|spooled| spooled.reading).collect()
        };
        assert_eq!(newest(&mut spool, 2), [reading(2), reading(3)]);
        assert_eq!(newest(&mut spool, 9), [reading(2), reading(3), reading(1)]);
    }

    #[test]
    fn what_was_taken_is_gone() {
        let dir = TempDir::new().unwrap();
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        spool.append(&[reading(1), reading(2), reading(3)]).unwrap();
        let oldest = spool.oldest(2).unwrap();
        spool.remove(&oldest).unwrap();
        spool.remove(&oldest).unwrap();
        assert_eq!(spool.len(), 1);
        assert_eq!(contents(&mut spool), [reading(3)]);
        spool.remove(&[]).unwrap();
    }

    #[test]
    fn a_number_that_means_another_reading_by_now_takes_nothing() {
        let dir = TempDir::new().unwrap();
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        spool.append(&[reading(1)]).unwrap();
        let taken = spool.oldest(1).unwrap();
        fs::write(dir.path().join(FILE), "rubbish").unwrap();
        drop(spool);
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        spool.append(&[reading(2)]).unwrap();
        assert_eq!(spool.oldest(1).unwrap()[0].id, taken[0].id);
        spool.remove(&taken).unwrap();
        assert_eq!(contents(&mut spool), [reading(2)]);
    }

    #[test]
    fn at_the_limit_the_oldest_make_room_and_are_counted() {
        let dir = TempDir::new().unwrap();
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        let (mut next, mut dropped) = (0, 0);
        while dropped == 0 {
            let readings: Vec<_> = (next..next + 1000).map(reading).collect();
            dropped = spool.append(&readings).unwrap();
            next += 1000;
            assert!(next < 100_000, "the limit is never reached");
        }
        for _ in 0..50 {
            let readings: Vec<_> = (next..next + 1000).map(reading).collect();
            dropped += spool.append(&readings).unwrap();
            next += 1000;
        }
        assert_eq!(spool.len() + dropped, u64::try_from(next).unwrap());
        let left = contents(&mut spool);
        assert_eq!(left.first(), Some(&reading(i64::try_from(dropped).unwrap())));
        assert_eq!(left.last(), Some(&reading(next - 1)));
        let size = fs::metadata(dir.path().join(FILE)).unwrap().len();
        assert!(size < LIMIT * 5 / 4, "the file has {size} octets");
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
