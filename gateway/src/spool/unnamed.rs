//! Links of which the neighbour is known by the manager's short number only. They stand among the
//! others, with that number beside them, and nobody takes them until it has a name.

use readings::{Link, Mac};
use rusqlite::{Transaction, params};

use super::row::Row;
use super::{Spool, SpoolError};
use crate::Unnamed;

/// Where they are, and by which clock their time is.
const TABLES: [(&str, &str); 2] = [("records", "micros"), ("undated", "manager_micros")];

impl Spool {
    /// How many wait for their neighbours' names.
    #[must_use]
    pub const fn unnamed(&self) -> u64 {
        self.unnamed
    }

    /// Makes links safe, with their times if they have one and else with this moment of the
    /// manager's clock. Returns how many of the oldest records had to make room for them.
    ///
    /// # Errors
    /// If they are not safe: the disk is full, or fails.
    pub fn append_unnamed(
        &mut self,
        links: &[Unnamed],
        manager_micros: i64,
    ) -> Result<u64, SpoolError> {
        for links in links.chunks(self.bounds.rows()) {
            self.make_room()?;
            self.unnamed += self.transact(|transaction| {
                let mut added = 0;
                for unnamed in links {
                    let micros = unnamed.link.timestamp.map(readings::Timestamp::as_micros);
                    let (table, column) = TABLES[usize::from(micros.is_none())];
                    let mut insert = transaction.prepare_cached(&format!(
                        "INSERT OR IGNORE INTO {table} (identity, {column}, value, json, mote_id)
                         VALUES (?, ?, ?, ?, ?)"
                    ))?;
                    let Row { identity, value, json } = Row::new(&numbered(unnamed).into());
                    let micros = micros.unwrap_or(manager_micros);
                    let values = params![identity, micros, value, json, unnamed.mote_id];
                    added += insert.execute(values)? as u64;
                }
                Ok(added)
            })?;
        }
        Ok(core::mem::take(&mut self.dropped))
    }

    /// Gives neighbours their names, as far as these are known. Returns how many links have theirs
    /// now.
    ///
    /// # Errors
    /// If the file cannot be written. Some may have got theirs; the others get them later.
    pub fn name(&mut self, mac: impl Fn(u16) -> Option<Mac>) -> Result<u64, SpoolError> {
        if self.unnamed == 0 {
            return Ok(0);
        }
        let (mut named, rows) = (0, self.bounds.rows());
        for (table, _) in TABLES {
            let mut after = i64::MIN;
            loop {
                let (found, last) =
                    self.transact(|transaction| name_some(transaction, table, after, rows, &mac))?;
                named += found;
                let Some(last) = last else { break };
                after = last;
            }
        }
        self.count()?;
        Ok(named)
    }

    /// Makes dead letters of those that will never have a name. Returns how many.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn bury_unnamed(&mut self, reason: &str) -> Result<u64, SpoolError> {
        if self.unnamed == 0 {
            return Ok(0);
        }
        let (mut buried, rows) = (0, self.bounds.rows());
        for (table, micros) in [("records", "micros"), ("undated", "0")] {
            let some = format!(
                "SELECT id FROM {table} WHERE mote_id IS NOT NULL ORDER BY id LIMIT {rows}"
            );
            loop {
                let (moved, taken) = self.transact(|transaction| {
                    let bury = format!(
                        "INSERT OR IGNORE INTO dead_letters
                             (identity, micros, value, json, mote_id, reason)
                         SELECT identity, {micros}, value, json, mote_id, ? FROM {table}
                         WHERE id IN ({some})"
                    );
                    let moved = transaction.execute(&bury, [reason])? as u64;
                    let delete = format!("DELETE FROM {table} WHERE id IN ({some})");
                    Ok((moved, transaction.execute(&delete, [])?))
                })?;
                buried += moved;
                if taken == 0 {
                    break;
                }
            }
        }
        self.count()?;
        self.add_dead_letters(0, 0)?;
        Ok(buried)
    }

    pub(super) fn count_unnamed(&mut self) -> Result<(), SpoolError> {
        let query = "SELECT (SELECT count(*) FROM records WHERE mote_id IS NOT NULL)
                          + (SELECT count(*) FROM undated WHERE mote_id IS NOT NULL)";
        self.unnamed = self.query(query, |row| row.get(0))?;
        Ok(())
    }
}

/// Names what it can of the next rows. Returns how many that are, and the number of the last row.
fn name_some(
    transaction: &Transaction<'_>,
    table: &str,
    after: i64,
    rows: usize,
    mac: impl Fn(u16) -> Option<Mac>,
) -> rusqlite::Result<(u64, Option<i64>)> {
    let (mut named, mut last) = (0, None);
    let mut select = transaction.prepare_cached(&format!(
        "SELECT id, mote_id, json FROM {table}
         WHERE id > ? AND mote_id IS NOT NULL ORDER BY id LIMIT ?"
    ))?;
    let mut update = transaction.prepare_cached(&format!(
        "UPDATE OR IGNORE {table} SET identity = ?, json = ?, mote_id = NULL WHERE id = ?"
    ))?;
    // If there is one of this name already, it is the same.
    let mut delete = transaction
        .prepare_cached(&format!("DELETE FROM {table} WHERE id = ? AND mote_id IS NOT NULL"))?;
    let mut found = select.query(params![after, rows])?;
    while let Some(row) = found.next()? {
        let (id, mote_id, json): (i64, u16, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        last = Some(id);
        let (Some(mac), Ok(link)) = (mac(mote_id), serde_json::from_str::<Link>(&json)) else {
            continue;
        };
        let Row { identity, json, .. } = Row::new(&Link { neighbour: mac, ..link }.into());
        update.execute(params![identity, json, id])?;
        delete.execute([id])?;
        named += 1;
    }
    Ok((named, last))
}

/// The link with the number where its neighbour's name will be, so that it is another than that to
/// any other neighbour.
fn numbered(unnamed: &Unnamed) -> Link {
    let [high, low] = unnamed.mote_id.to_be_bytes();
    Link { neighbour: Mac::from([0, 0, 0, 0, 0, 0, high, low]), ..unnamed.link }
}

#[cfg(test)]
mod tests {
    use readings::{LinkKind, Record, Timestamp};
    use tempfile::TempDir;

    use super::super::tests::{LIMIT, contents, reading};
    use super::*;
    use crate::clock_map::Piece;

    fn mote() -> Mac {
        Mac::from([7; 8])
    }

    fn link(mote_id: u16, micros: Option<i64>) -> Unnamed {
        let timestamp = micros.map(Timestamp::from_micros);
        Unnamed { link: Link::new(mote(), mote(), LinkKind::Used, timestamp), mote_id }
    }

    fn named(number: u8, micros: i64) -> Record {
        let timestamp = Some(Timestamp::from_micros(micros));
        Link::new(mote(), Mac::from([number; 8]), LinkKind::Used, timestamp).into()
    }

    #[test]
    fn a_link_waits_for_its_neighbours_name_also_over_a_restart() {
        let dir = TempDir::new().unwrap();
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        let links = [link(3, Some(5)), link(4, Some(5)), link(3, Some(5))];
        spool.append_unnamed(&links, 99).unwrap();
        spool.append(&[reading(1)]).unwrap();
        assert_eq!((spool.len(), spool.unnamed()), (1, 2));
        drop(spool);
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        assert_eq!((spool.len(), spool.unnamed()), (1, 2));
        assert_eq!(contents(&mut spool), [reading(1)]);
        let names = |mote_id| (mote_id == 4).then_some(Mac::from([4; 8]));
        assert_eq!(spool.name(names).unwrap(), 1);
        assert_eq!((spool.len(), spool.unnamed()), (2, 1));
        assert_eq!(contents(&mut spool), [named(4, 5), reading(1)]);
        // Again, from another notification: it is there already.
        spool.append_unnamed(&[link(4, Some(5))], 99).unwrap();
        assert_eq!(spool.name(names).unwrap(), 1);
        assert_eq!((spool.len(), spool.unnamed()), (2, 1));
    }

    #[test]
    fn one_that_is_given_up_is_a_dead_letter_with_its_reason() {
        let dir = TempDir::new().unwrap();
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        spool.append_unnamed(&[link(3, Some(5)), link(4, None)], 99).unwrap();
        assert_eq!(spool.bury_unnamed("nobody knows").unwrap(), 2);
        assert_eq!((spool.len(), spool.unnamed(), spool.dead_letters()), (0, 0, 2));
        assert_eq!(spool.bury_unnamed("nobody knows").unwrap(), 0);
    }

    #[test]
    fn time_and_name_come_in_any_order() {
        let look = |uptime| Piece { from: i64::from(uptime) * 1_000_000, offset: 7, uptime };
        let name = |spool: &mut Spool| spool.name(|_| Some(Mac::from([3; 8]))).unwrap();
        let date = |spool: &mut Spool| {
            spool.date(look(9), |at| Some(Timestamp::from_micros(at + 7))).unwrap()
        };
        for name_first in [true, false] {
            let dir = TempDir::new().unwrap();
            let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
            spool.await_date(look(1)).unwrap();
            spool.append_unnamed(&[link(3, None)], 2_000_000).unwrap();
            if name_first {
                name(&mut spool);
            }
            assert_eq!(date(&mut spool), (1, 0));
            assert_eq!(spool.len(), u64::from(name_first));
            if !name_first {
                name(&mut spool);
            }
            assert_eq!(contents(&mut spool), [named(3, 2_000_007)], "{name_first}");
        }
    }
}
