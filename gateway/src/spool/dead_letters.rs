//! What the server refuses for good, with its reasons, out of the way of the others.

use std::time::Instant;

use readings::{Record, Refusal};
use rusqlite::{Connection, params};

use super::bounds::Bounds;
use super::row::{self, Row};
use super::{Spool, SpoolError};
use crate::brief::brief;
use crate::repetition::Repetition;

pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS dead_letters (
        id INTEGER PRIMARY KEY,
        identity BLOB NOT NULL,
        micros INTEGER NOT NULL,
        value REAL NOT NULL,
        reason TEXT NOT NULL,
        json TEXT,
        mote_id INTEGER,
        UNIQUE (identity, micros)
    ) STRICT;
";

/// Why a record whose manager has rebooted is one: its time is the manager's, and no server must
/// take it for the world's.
pub(crate) const UNKNOWN_TIME: &str =
    "its time is unknown: the manager rebooted before this machine's clock was right";

/// The version of the file in which reasons are as short as that.
const VERSION: i64 = 1;

/// How many dead letters there are, what they take, and what became of others.
#[derive(Debug, Default)]
pub(super) struct DeadLetters {
    count: u64,
    octets: u64,
    /// Those that had to make room for newer ones, since the spool was opened.
    dropped: u64,
    /// The same, as far as the log knows.
    said: Repetition,
}

impl DeadLetters {
    pub(super) const fn octets(&self) -> u64 {
        self.octets
    }
}

impl Spool {
    /// Keeps records that the server refuses, with its reasons, and out of its way. The oldest
    /// make room for them, and are counted.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn bury(&mut self, records: &[Record], refusals: &[Refusal]) -> Result<(), SpoolError> {
        for refusals in refusals.chunks(self.bounds.rows()) {
            let (count, octets) = self.transact(|transaction| {
                let mut insert = transaction.prepare_cached(
                    "INSERT OR IGNORE INTO dead_letters (identity, micros, value, json, reason)
                     VALUES (?, ?, ?, ?, ?)",
                )?;
                let (mut count, mut octets) = (0, 0);
                for Refusal { index, reason, .. } in refusals {
                    let Some(record) = records.get(*index) else { continue };
                    let Row { identity, value, json } = Row::new(record);
                    let (micros, reason) = (row::micros(record), brief(reason));
                    let length = reason.len() + json.as_ref().map_or(0, String::len);
                    let values = params![identity, micros, value, json, reason];
                    let added = insert.execute(values)? as u64;
                    count += added;
                    octets += added * Bounds::dead_letter(length as u64);
                }
                Ok((count, octets))
            })?;
            self.add_dead_letters(count, octets)?;
        }
        Ok(())
    }

    /// So many were written, which take so much.
    pub(super) fn add_dead_letters(&mut self, count: u64, octets: u64) -> Result<(), SpoolError> {
        self.dead.count += count;
        self.dead.octets += octets;
        self.bound_dead_letters()
    }

    /// How many records the server has refused, and are still kept.
    #[must_use]
    pub const fn dead_letters(&self) -> u64 {
        self.dead.count
    }

    /// How many had to make room for newer ones since the spool was opened.
    #[must_use]
    pub const fn dead_letters_dropped(&self) -> u64 {
        self.dead.dropped
    }

    pub(super) fn count_dead_letters(&mut self) -> Result<(), SpoolError> {
        let query =
            "SELECT count(*), ifnull(sum(octet_length(reason) + ifnull(octet_length(json), 0)), 0)
                     FROM dead_letters";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?));
        let (count, reasons) = self.query(query, read)?;
        self.dead.count = count;
        self.dead.octets = reasons + count * Bounds::dead_letter(0);
        Ok(())
    }

    /// Drops the oldest while they take more than they may.
    fn bound_dead_letters(&mut self) -> Result<(), SpoolError> {
        let (rows, most) = (self.bounds.rows(), self.bounds.dead_letters());
        if self.dead.octets <= most {
            return Ok(());
        }
        let before = self.dead.count;
        while self.dead.octets > most - most / 16 && self.dead.count > 0 {
            let (count, octets) = self.transact(|transaction| {
                let mut delete = transaction.prepare_cached(
                    "DELETE FROM dead_letters
                     WHERE id IN (SELECT id FROM dead_letters ORDER BY id LIMIT ?)
                     RETURNING octet_length(reason) + ifnull(octet_length(json), 0)",
                )?;
                let octets = delete.query_map([rows], |row| row.get::<_, u64>(0))?;
                let octets = octets.collect::<Result<Vec<_>, _>>()?;
                Ok((octets.len() as u64, octets.into_iter().map(Bounds::dead_letter).sum()))
            })?;
            if count == 0 {
                break;
            }
            self.dead.count = self.dead.count.saturating_sub(count);
            self.dead.octets = self.dead.octets.saturating_sub(octets);
        }
        let dropped = before.saturating_sub(self.dead.count);
        self.dead.dropped += dropped;
        if let Some(dropped) = self.dead.said.happen(dropped, Instant::now()) {
            say_dropped(dropped);
        }
        Ok(())
    }

    pub(super) fn say_dropped_dead_letters(&mut self) {
        if let Some(dropped) = self.dead.said.take_overdue(Instant::now()) {
            say_dropped(dropped);
        }
    }

    /// An earlier version kept any number of them, with reasons of any length.
    pub(super) fn bring_dead_letters_in_form(&mut self) -> Result<(), SpoolError> {
        if self.query("PRAGMA user_version", |row| row.get::<_, i64>(0))? < VERSION {
            self.transact(|transaction| {
                let mut select = transaction.prepare("SELECT id, reason FROM dead_letters")?;
                let mut update =
                    transaction.prepare("UPDATE dead_letters SET reason = ? WHERE id = ?")?;
                let mut rows = select.query([])?;
                while let Some(row) = rows.next()? {
                    let (id, reason): (i64, String) = (row.get(0)?, row.get(1)?);
                    let brief = brief(&reason);
                    if brief != reason {
                        update.execute(params![brief, id])?;
                    }
                }
                transaction.pragma_update(None, "user_version", VERSION)
            })?;
            self.count_dead_letters()?;
        }
        self.bound_dead_letters()
    }
}

fn say_dropped(dropped: u64) {
    tracing::error!(dropped, "too much was refused; the oldest of them are lost");
}

/// Puts dead letters back in the queue, those with this text in their reason or all. Those whose
/// time is unknown stay. It may be in use by a gateway at the same time.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn revive(
    connection: &mut Connection,
    limit: u64,
    reason: Option<&str>,
) -> rusqlite::Result<u64> {
    let bounds = Bounds::new(limit);
    super::file::bound_journal(connection, bounds)?;
    let mut revived = 0;
    loop {
        let begin = rusqlite::TransactionBehavior::Immediate;
        let transaction = connection.transaction_with_behavior(begin)?;
        let letters = "SELECT id FROM dead_letters
                       WHERE reason != ?1 AND (?2 IS NULL OR instr(reason, ?2)) AND micros != 0
                       ORDER BY id LIMIT ?3";
        let values = params![UNKNOWN_TIME, reason, bounds.rows()];
        let insert = format!(
            "INSERT OR IGNORE INTO records (identity, micros, value, json, mote_id)
             SELECT identity, micros, value, json, mote_id FROM dead_letters
             WHERE id IN ({letters}) ORDER BY id"
        );
        transaction.execute(&insert, values)?;
        let delete = format!("DELETE FROM dead_letters WHERE id IN ({letters})");
        let moved = transaction.execute(&delete, values)? as u64;
        transaction.commit()?;
        revived += moved;
        if moved == 0 {
            return Ok(revived);
        }
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
        let refusal = Refusal { index: 1, field: Field::TIMESTAMP, reason };
        spool.bury(&[reading(1), reading(2)], &[refusal]).unwrap();
        assert_eq!(spool.dead_letters(), 1);
        let kept: (i64, String) = spool
            .query("SELECT micros, reason FROM dead_letters", |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(kept, (2, "too old".to_owned()));
        assert!(spool.is_empty());
    }
}
