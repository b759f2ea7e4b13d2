//! What was rescued of a file that was pulled away, and goes to the one that takes its place.

use std::fs;
use std::path::PathBuf;

use readings::{Field, Mac, Reading, Refusal, Timestamp};
use rusqlite::{Connection, OpenFlags, Row};

use super::file::{is_damage, set_aside};
use super::{Spool, SpoolError, saved_clock, undated};
use crate::{ClockMap, MoteReading};

impl Spool {
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

    pub(super) fn rescued(&self) -> PathBuf {
        self.path.with_extension("db.rescued")
    }

    pub(super) fn unfinished(&self) -> PathBuf {
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
