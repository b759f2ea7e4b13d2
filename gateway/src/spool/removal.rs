//! A file that was deleted, moved or replaced under the running gateway. Until it is closed it
//! still holds what was written to it, so that this can go to the file which takes its place.

use std::fs;
use std::path::PathBuf;

use readings::{Field, Mac, Reading, Refusal, Timestamp};
use rusqlite::{Connection, ErrorCode, OpenFlags, Row};

use super::file::{File, is_damage, set_aside};
use super::{Spool, SpoolError, saved_clock, undated};
use crate::{ClockMap, MoteReading};

impl Spool {
    /// Looks whether the file is where it was opened, and puts another there if it is not.
    ///
    /// # Errors
    /// If that cannot be done; what it held is kept then, and it is tried again.
    pub(super) fn replace_if_gone(&mut self) -> Result<(), SpoolError> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        if file.is_there() {
            self.file = Some(file);
            return Ok(());
        }
        match self.rescue(&file) {
            Ok(()) => {}
            Err(error) if is_hopeless(&error) => {
                tracing::error!(%error, "the spool was deleted, and what it held is lost");
            }
            Err(error) => {
                self.file = Some(file);
                self.fails = true;
                return Err(error);
            }
        }
        let (beside, at_its_path) = (file.beside(), file.is_at_its_path());
        drop(file);
        "it was deleted".clone_into(&mut self.reason);
        if !at_its_path {
            File::delete_beside(beside, &self.path);
            self.put_rescued_in_place()?;
        }
        self.open_file()?;
        self.renewals += 1;
        self.renewed = true;
        let spooled = self.len;
        tracing::warn!(spooled, "the spool was deleted or replaced; it was made anew");
        Ok(())
    }

    /// Brings what the file holds to where it will be found.
    fn rescue(&self, file: &File) -> Result<(), SpoolError> {
        let fault = |source| self.fault(source);
        if let Some(directory) = self.path.parent() {
            host::make_folder(directory)
                .map_err(|source| SpoolError::Io { path: directory.to_owned(), source })?;
        }
        if !file.is_at_its_path() {
            let (unfinished, rescued) = (self.unfinished(), self.rescued());
            // One that was begun before a power cut.
            let _ = fs::remove_file(&unfinished);
            let name = unfinished.to_string_lossy();
            file.connection.execute("VACUUM INTO ?", [name]).map_err(fault)?;
            fs::File::open(&unfinished)
                .and_then(|file| file.sync_all())
                .and_then(|()| fs::rename(&unfinished, &rescued))
                .map_err(|source| SpoolError::Io { path: rescued, source })?;
        }
        // A file that was only moved, or lacks its journal, is whole again.
        file.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").map_err(fault)
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

    /// Takes what was rescued of another file.
    pub(super) fn adopt_rescued(&mut self) -> Result<(), SpoolError> {
        let path = self.rescued();
        if !path.exists() {
            return Ok(());
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let adopted = Connection::open_with_flags(&path, flags)
            .map_err(|source| SpoolError::Sqlite { path: path.clone(), source })
            .and_then(|rescued| self.adopt(&rescued));
        match adopted {
            Err(SpoolError::Sqlite { source, .. }) if is_damage(&source) => {
                set_aside(&path, &source)
            }
            Err(error) => Err(error),
            Ok(()) => {
                let removed = fs::remove_file(&path);
                removed.map_err(|source| SpoolError::Io { path, source })
            }
        }
    }

    fn adopt(&mut self, rescued: &Connection) -> Result<(), SpoolError> {
        let since = undated::since(rescued).map_err(|source| self.fault(source))?;
        if let Some(since) = since {
            self.await_date(since)?;
        }
        let pieces = saved_clock::pieces(rescued).map_err(|source| self.fault(source))?;
        if self.clock_map()? == ClockMap::default() {
            self.save_clock_map(&ClockMap::from_pieces(pieces))?;
        }
        let mut after = 0;
        while let Some(last) = self.adopt_some(rescued, "readings", "micros, NULL", after)? {
            after = last;
        }
        after = 0;
        while let Some(last) = self.adopt_some(rescued, "undated", "manager_micros, NULL", after)? {
            after = last;
        }
        after = 0;
        while let Some(last) = self.adopt_some(rescued, "dead_letters", "micros, reason", after)? {
            after = last;
        }
        Ok(())
    }

    /// Takes the next rows of a table, and returns the number of the last.
    fn adopt_some(
        &mut self,
        rescued: &Connection,
        table: &str,
        columns: &str,
        after: i64,
    ) -> Result<Option<i64>, SpoolError> {
        let query = format!(
            "SELECT id, mac, temperature, {columns} FROM {table} WHERE id > ? ORDER BY id LIMIT ?"
        );
        let rows = (after, self.bounds.rows());
        let read = || -> rusqlite::Result<Vec<Adopted>> {
            rescued.prepare_cached(&query)?.query_map(rows, adopted)?.collect()
        };
        let rows = read().map_err(|source| self.fault(source))?;
        let Some(last) = rows.last().map(|row| row.id) else { return Ok(None) };
        if table == "undated" {
            let undated: Vec<MoteReading> = rows.iter().map(Adopted::undated).collect();
            self.dropped += self.append_undated(&undated)?;
            return Ok(Some(last));
        }
        let readings: Vec<Reading> = rows.iter().map(Adopted::reading).collect();
        if table == "readings" {
            self.dropped += self.append(&readings)?;
        } else {
            let refusals = rows.into_iter().enumerate().map(|(index, row)| Refusal {
                index,
                field: Field::TEMPERATURE,
                reason: row.reason.unwrap_or_default(),
            });
            self.bury(&readings, &refusals.collect::<Vec<_>>())?;
        }
        Ok(Some(last))
    }

    fn rescued(&self) -> PathBuf {
        self.path.with_extension("db.rescued")
    }

    fn unfinished(&self) -> PathBuf {
        self.path.with_extension("db.rescuing")
    }
}

/// A row of another file.
#[derive(Debug)]
struct Adopted {
    id: i64,
    mac: Mac,
    temperature: f64,
    micros: i64,
    reason: Option<String>,
}

impl Adopted {
    fn reading(&self) -> Reading {
        let &Self { mac, temperature, micros, .. } = self;
        let timestamp = (micros != 0).then(|| Timestamp::from_micros(micros));
        Reading::temperature(mac, temperature, timestamp)
    }

    fn undated(&self) -> MoteReading {
        let &Self { mac, temperature, micros: manager_micros, .. } = self;
        MoteReading { mac, manager_micros, temperature, interval_ms: 0 }
    }
}

fn adopted(row: &Row<'_>) -> rusqlite::Result<Adopted> {
    let mac = Mac::from(row.get::<_, [u8; 8]>(1)?);
    let (id, temperature) = (row.get(0)?, row.get(2)?);
    Ok(Adopted { id, mac, temperature, micros: row.get(3)?, reason: row.get(4)? })
}

/// Whether there is nothing to be had of a file any more, however often it is tried.
fn is_hopeless(error: &SpoolError) -> bool {
    let SpoolError::Sqlite { source, .. } = error else { return false };
    is_damage(source) || source.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
}
