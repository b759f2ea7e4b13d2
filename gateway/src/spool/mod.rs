//! Readings that the server has not taken yet, safe on disk.
//!
//! What holds:
//! - [`append`](Spool::append) returns when the readings would survive a power cut.
//! - A reading is in the spool once, however often it is appended.
//! - It never grows past its limit: the oldest readings make room, and are counted.
//! - A damaged file is set aside under another name, never deleted, and a new one takes its place.
//! - What the server refuses is kept with the reason, out of the way of the others.
//!
//! It is a SQLite file, for any tool that reads one:
//! `SELECT hex(mac), micros, temperature FROM readings`.

mod dead_letters;
mod error;
mod file;
mod saved_clock;
mod undated;

pub use error::SpoolError;

use std::path::{Path, PathBuf};

use file::{is_damage, set_aside};
use readings::{Mac, Reading, Timestamp};
use rusqlite::{Connection, Params, Row, Transaction, params};

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
    connection: Connection,
    path: PathBuf,
    limit: u64,
    len: u64,
}

/// A reading in the spool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spooled {
    /// Its number there.
    pub id: i64,
    /// The reading, with its time.
    pub reading: Reading,
}

impl Spool {
    /// Opens the spool in this directory, making both if needed. `limit` is in octets.
    ///
    /// # Errors
    /// If directory or file cannot be read and written.
    pub fn open(directory: &Path, limit: u64) -> Result<Self, SpoolError> {
        let path = directory.join(FILE);
        std::fs::create_dir_all(directory)
            .map_err(|source| SpoolError::Io { path: directory.to_owned(), source })?;
        let connection = match file::open(&path) {
            Err(error) if is_damage(&error) => {
                set_aside(&path, &error)?;
                file::open(&path)
            }
            other => other,
        }
        .map_err(|source| SpoolError::Sqlite { path: path.clone(), source })?;
        let mut spool = Self { connection, path, limit, len: 0 };
        spool.count()?;
        Ok(spool)
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

    /// Makes readings safe, and returns how many of the oldest had to make room for them.
    /// Readings without a time are not taken.
    ///
    /// # Errors
    /// If they are not safe: the disk is full, or fails.
    pub fn append(&mut self, readings: &[Reading]) -> Result<u64, SpoolError> {
        let dropped = self.make_room()?;
        let added = match self.insert(readings) {
            Err(error) if is_damage(&error) => {
                self.renew(&error)?;
                self.insert(readings)
            }
            other => other,
        };
        self.len += added.map_err(|source| self.fault(source))?;
        Ok(dropped)
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
        let read = || self.connection.prepare_cached(query)?.query_map(values, spooled)?.collect();
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
        });
        self.sync_commits("full")?;
        self.len = self.len.saturating_sub(removed? as u64);
        Ok(())
    }

    fn sync_commits(&self, synchronous: &str) -> Result<(), SpoolError> {
        let set = self.connection.pragma_update(None, "synchronous", synchronous);
        set.map_err(|source| self.fault(source))
    }

    fn transact<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, SpoolError> {
        let transact = || {
            let transaction = self.connection.transaction()?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        transact().map_err(|source| self.fault(source))
    }

    fn insert(&mut self, readings: &[Reading]) -> rusqlite::Result<u64> {
        let transaction = self.connection.transaction()?;
        let mut added = 0;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT OR IGNORE INTO readings (mac, micros, temperature) VALUES (?, ?, ?)",
            )?;
            for reading in readings {
                let Some(timestamp) = reading.timestamp else { continue };
                let (mac, micros) = (reading.mac.octets(), timestamp.as_micros());
                added += insert.execute(params![mac, micros, reading.temperature])? as u64;
            }
        }
        transaction.commit()?;
        Ok(added)
    }

    /// Takes a new file after damage was found in the present one.
    fn renew(&mut self, damage: &rusqlite::Error) -> Result<(), SpoolError> {
        // The damaged file is closed before it is moved.
        self.connection = Connection::open_in_memory().map_err(|source| self.fault(source))?;
        set_aside(&self.path, damage)?;
        self.connection = file::open(&self.path).map_err(|source| self.fault(source))?;
        self.count()
    }

    fn count(&mut self) -> Result<(), SpoolError> {
        let count =
            self.connection.query_row("SELECT count(*) FROM readings", [], |row| row.get(0));
        self.len = count.map_err(|source| self.fault(source))?;
        Ok(())
    }

    /// Drops the oldest readings if the file has reached its limit, and returns how many.
    fn make_room(&mut self) -> Result<u64, SpoolError> {
        let used = || {
            let pragma = |name| {
                let query = format!("PRAGMA {name}");
                self.connection.query_row(&query, [], |row| row.get::<_, u64>(0))
            };
            let pages = pragma("page_count")?.saturating_sub(pragma("freelist_count")?);
            Ok(pages * pragma("page_size")?)
        };
        if used().map_err(|source| self.fault(source))? < self.limit {
            return Ok(0);
        }
        for table in ["readings", "undated"] {
            // A good part at once, so that this is seldom done.
            let oldest = format!(
                "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} ORDER BY id
                 LIMIT max(1, (SELECT count(*) FROM {table}) / 16))"
            );
            let dropped = self.connection.execute(&oldest, []);
            let dropped = dropped.map_err(|source| self.fault(source))? as u64;
            if dropped > 0 {
                self.count()?;
                return Ok(dropped);
            }
        }
        Ok(0)
    }

    fn fault(&self, source: rusqlite::Error) -> SpoolError {
        SpoolError::Sqlite { path: self.path.clone(), source }
    }
}

fn spooled(row: &Row<'_>) -> rusqlite::Result<Spooled> {
    let mac = Mac::from(row.get::<_, [u8; 8]>(1)?);
    let timestamp = Some(Timestamp::from_micros(row.get(2)?));
    Ok(Spooled { id: row.get(0)?, reading: Reading { mac, timestamp, temperature: row.get(3)? } })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    pub(super) const LIMIT: u64 = 1024 * 1024;

    pub(super) fn reading(micros: i64) -> Reading {
        let mac = Mac::from([0, 0x17, 0x0d, 0, 0, 0x30, 0x5d, 0x39]);
        Reading { mac, temperature: 22.97, timestamp: Some(Timestamp::from_micros(micros)) }
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
