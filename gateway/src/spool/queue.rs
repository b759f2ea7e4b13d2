//! What waits for the server, in the order in which it came.

use readings::Record;
use rusqlite::{Params, Row as SqlRow, Transaction, params};

use super::file::is_damage;
use super::row::{self, Row};
use super::{Spool, SpoolError, Spooled};

impl Spool {
    /// Makes records safe, and returns how many of the oldest had to make room for them.
    /// Records without a time are not taken.
    ///
    /// # Errors
    /// If they are not all safe: the disk is full, or fails.
    pub fn append(&mut self, records: &[Record]) -> Result<u64, SpoolError> {
        self.add(records)?;
        Ok(core::mem::take(&mut self.dropped))
    }

    /// The same, and what had to make room is counted with the next [`append`](Self::append).
    pub(crate) fn add(&mut self, records: &[Record]) -> Result<(), SpoolError> {
        for records in records.chunks(self.bounds.rows()) {
            self.make_room()?;
            self.len += self.transact(|transaction| insert(transaction, records))?;
        }
        Ok(())
    }

    /// The oldest records.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn oldest(&mut self, at_most: usize) -> Result<Vec<Spooled>, SpoolError> {
        self.oldest_after(i64::MIN, at_most)
    }

    /// The oldest records of those that came after the one with this number.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn oldest_after(&mut self, after: i64, most: usize) -> Result<Vec<Spooled>, SpoolError> {
        self.select(
            "SELECT id, micros, identity, value, json FROM records
             WHERE id > ? AND mote_id IS NULL ORDER BY id LIMIT ?",
            params![after, most],
        )
    }

    /// The newest records of those that came after the one with this number.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn newest(&mut self, after: i64, at_most: usize) -> Result<Vec<Spooled>, SpoolError> {
        self.select(
            "SELECT id, micros, identity, value, json FROM records
             WHERE id > ? AND mote_id IS NULL ORDER BY id DESC LIMIT ?",
            params![after, at_most],
        )
    }

    fn select(&mut self, query: &str, values: impl Params) -> Result<Vec<Spooled>, SpoolError> {
        let connection = self.connection()?;
        let read = || -> rusqlite::Result<Vec<_>> {
            connection.prepare_cached(query)?.query_map(values, spooled)?.collect()
        };
        let rows = match read() {
            Err(error) if is_damage(&error) => {
                self.renew(&error)?;
                return Ok(Vec::new());
            }
            other => other.map_err(|source| self.fault(source))?,
        };
        let strange = rows.iter().filter(|(_, spooled)| spooled.is_none()).map(|&(id, _)| id);
        let strange: Vec<i64> = strange.collect();
        if !strange.is_empty() {
            self.drop_strange(&strange)?;
        }
        Ok(rows.into_iter().filter_map(|(_, spooled)| spooled).collect())
    }

    /// What a later version has written, and this one cannot read, would be asked for without end.
    fn drop_strange(&mut self, ids: &[i64]) -> Result<(), SpoolError> {
        self.transact(|transaction| {
            let mut delete = transaction.prepare_cached("DELETE FROM records WHERE id = ?")?;
            ids.iter().map(|id| delete.execute([id])).sum::<Result<usize, _>>()
        })?;
        tracing::error!(count = ids.len(), "another version's records in the spool are lost");
        self.count()
    }

    /// Forgets records that the server has taken.
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
            // A number alone may mean another record by now: that of a file which has taken the
            // place of a damaged one.
            let mut delete = transaction.prepare_cached(
                "DELETE FROM records WHERE id = ? AND identity = ? AND micros = ?",
            )?;
            let mut delete = |Spooled { id, record }: &Spooled| {
                delete.execute(params![id, row::identity(record), row::micros(record)])
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
}

/// Adds records to this table, and returns how many were not there.
pub(super) fn insert(transaction: &Transaction<'_>, records: &[Record]) -> rusqlite::Result<u64> {
    let mut insert = transaction.prepare_cached(
        "INSERT OR IGNORE INTO records (identity, micros, value, json) VALUES (?, ?, ?, ?)",
    )?;
    let mut added = 0;
    for record in records.iter().filter(|record| record.timestamp().is_some()) {
        let Row { identity, value, json } = Row::new(record);
        added += insert.execute(params![identity, row::micros(record), value, json])? as u64;
    }
    Ok(added)
}

fn spooled(row: &SqlRow<'_>) -> rusqlite::Result<(i64, Option<Spooled>)> {
    let (id, micros) = (row.get(0)?, row.get(1)?);
    let record = row::read(row, 2)?.map(|record| row::at(record, micros));
    Ok((id, record.map(|record| Spooled { id, record })))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::super::FILE;
    use super::super::tests::{LIMIT, contents, reading};
    use super::*;

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
            newest.into_iter().map(|spooled| spooled.record).collect()
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
}
