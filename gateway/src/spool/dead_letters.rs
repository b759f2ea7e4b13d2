//! What the server refuses for good, with its reasons, out of the way of the others.

use readings::{Reading, Refusal, Timestamp};
use rusqlite::params;

use super::{Spool, SpoolError};

pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS dead_letters (
        id INTEGER PRIMARY KEY,
        mac BLOB NOT NULL,
        micros INTEGER NOT NULL,
        temperature REAL NOT NULL,
        reason TEXT NOT NULL,
        UNIQUE (mac, micros)
    ) STRICT;
";

impl Spool {
    /// Keeps readings that the server refuses, with its reasons, and out of its way.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn bury(&mut self, readings: &[Reading], refusals: &[Refusal]) -> Result<(), SpoolError> {
        self.transact(|transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT OR IGNORE INTO dead_letters (mac, micros, temperature, reason)
                 VALUES (?, ?, ?, ?)",
            )?;
            for Refusal { index, reason, .. } in refusals {
                let Some(reading) = readings.get(*index) else { continue };
                let micros = reading.timestamp.map_or(0, Timestamp::as_micros);
                let mac = reading.mac.octets();
                insert.execute(params![mac, micros, reading.temperature, reason])?;
            }
            Ok(())
        })
    }

    /// How many readings the server has refused.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn dead_letters(&self) -> Result<u64, SpoolError> {
        self.connection
            .query_row("SELECT count(*) FROM dead_letters", [], |row| row.get(0))
            .map_err(|source| self.fault(source))
    }
}

#[cfg(test)]
mod tests {
    use readings::Field;
    use tempfile::TempDir;

    use super::super::tests::{LIMIT, reading};
    use super::*;

    #[test]
    fn what_the_server_refuses_is_kept_with_the_reason() {
        let dir = TempDir::new().unwrap();
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        let reason = "too old".to_owned();
        let refusal = Refusal { index: 1, field: Field::Timestamp, reason };
        spool.bury(&[reading(1), reading(2)], &[refusal]).unwrap();
        assert_eq!(spool.dead_letters().unwrap(), 1);
        let kept: (i64, String) = spool
            .connection
            .query_row("SELECT micros, reason FROM dead_letters", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(kept, (2, "too old".to_owned()));
        assert!(spool.is_empty());
    }
}
