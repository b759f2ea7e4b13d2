//! Records from a time when the host's clock was wrong: they keep the manager's time until the
//! host's is right, and get theirs then.

use readings::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::bounds::Bounds;
use super::dead_letters::UNKNOWN_TIME;
use super::row::{self, Row};
use super::{Spool, SpoolError};
use crate::Undated;
use crate::clock_map::Piece;

pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS undated (
        id INTEGER PRIMARY KEY,
        identity BLOB NOT NULL,
        manager_micros INTEGER NOT NULL,
        value REAL NOT NULL,
        json TEXT,
        mote_id INTEGER,
        UNIQUE (identity, manager_micros)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS undated_since (
        manager_micros INTEGER NOT NULL,
        uptime INTEGER NOT NULL
    ) STRICT;
";

const DELETE_OLDEST: &str =
    "DELETE FROM undated WHERE id IN (SELECT id FROM undated ORDER BY id LIMIT ?)";

/// How far a mote's clock may be ahead of its manager's, in µs.
const AHEAD: i64 = 1_000_000;

impl Spool {
    /// Makes records safe whose time on the host's clock is not known yet, and returns how many
    /// of the oldest had to make room for them.
    ///
    /// # Errors
    /// If they are not safe: the disk is full, or fails.
    pub fn append_undated(&mut self, records: &[Undated]) -> Result<u64, SpoolError> {
        for records in records.chunks(self.bounds.rows()) {
            self.make_room()?;
            self.transact(|transaction| {
                let mut insert = transaction.prepare_cached(
                    "INSERT OR IGNORE INTO undated (identity, manager_micros, value, json)
                     VALUES (?, ?, ?, ?)",
                )?;
                for Undated { record, manager_micros } in records {
                    let Row { identity, value, json } = Row::new(record);
                    insert.execute(params![identity, manager_micros, value, json])?;
                }
                Ok(())
            })?;
        }
        Ok(core::mem::take(&mut self.dropped))
    }

    /// The manager's clock was looked at while the host's is wrong. Those of another run of the
    /// manager can never be dated, and become dead letters; returns how many.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn await_date(&mut self, look: Piece) -> Result<u64, SpoolError> {
        let buried = self.bury_foreign(look)?;
        self.transact(|transaction| {
            let since = "INSERT INTO undated_since SELECT ?, ? WHERE NOT EXISTS
                         (SELECT 1 FROM undated_since)";
            transaction.execute(since, params![look.from, look.uptime])
        })?;
        Ok(buried)
    }

    /// The manager has rebooted, and is known to have had another clock until then, which the one
    /// of this look is behind by so many µs: undated records are moved to that.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn carry_undated(&mut self, look: Piece, back: i64) -> Result<(), SpoolError> {
        if self.since()?.is_none() {
            return Ok(());
        }
        self.transact(|transaction| {
            let carry = "UPDATE OR IGNORE undated SET manager_micros = manager_micros - ?";
            transaction.execute(carry, [back])?;
            let since = "UPDATE undated_since SET manager_micros = ?, uptime = ?";
            transaction.execute(since, params![look.from, look.uptime])?;
            Ok(())
        })
    }

    /// The host's clock is right: gives records that waited for it their times, those that the
    /// manager's times have on the host's clock. Returns how many got theirs, and how many never
    /// will.
    ///
    /// # Errors
    /// If the file cannot be written. Some may have got theirs; the others get them later.
    pub fn date(
        &mut self,
        look: Piece,
        mut host_time: impl FnMut(i64) -> Option<Timestamp>,
    ) -> Result<(u64, u64), SpoolError> {
        // Most spools never see a wrong clock, and are not written to for nothing.
        if self.since()?.is_none() {
            return Ok((0, 0));
        }
        let buried = self.bury_foreign(look)?;
        let (mut dated, rows) = (0, self.bounds.rows());
        loop {
            let (moved, taken) = self.transact(|transaction| {
                let mut undated = transaction
                    .prepare_cached("SELECT id, manager_micros FROM undated ORDER BY id LIMIT ?")?;
                let mut date = transaction.prepare_cached(
                    "INSERT OR IGNORE INTO records (identity, micros, value, json, mote_id)
                     SELECT identity, ?, value, json, mote_id FROM undated WHERE id = ?",
                )?;
                let (mut oldest, mut moved) = (undated.query([rows])?, 0);
                while let Some(row) = oldest.next()? {
                    let (id, manager_micros): (i64, i64) = (row.get(0)?, row.get(1)?);
                    let Some(timestamp) = host_time(manager_micros) else { continue };
                    moved += date.execute(params![timestamp.as_micros(), id])? as u64;
                }
                Ok((moved, transaction.execute(DELETE_OLDEST, [rows])?))
            })?;
            if taken == 0 {
                break;
            }
            dated += moved;
        }
        self.forget_since()?;
        self.count()?;
        Ok((dated, buried))
    }

    /// Makes dead letters of undated records unless the manager has been running since them.
    fn bury_foreign(&mut self, look: Piece) -> Result<u64, SpoolError> {
        let Some(since) = self.since()? else { return Ok(0) };
        let newest: Option<i64> =
            self.query("SELECT max(manager_micros) FROM undated", |row| row.get(0))?;
        let is_ahead = newest.is_some_and(|newest| newest > look.from.saturating_add(AHEAD));
        if !is_ahead && look.continues(&since) {
            return Ok(0);
        }
        let (mut buried, rows) = (0, self.bounds.rows());
        loop {
            let (moved, taken) = self.transact(|transaction| {
                let moved = transaction.execute(
                    "INSERT OR IGNORE INTO dead_letters
                         (identity, micros, value, json, mote_id, reason)
                     SELECT identity, manager_micros, value, json, mote_id, ?
                     FROM undated ORDER BY id LIMIT ?",
                    params![UNKNOWN_TIME, rows],
                )?;
                Ok((moved as u64, transaction.execute(DELETE_OLDEST, [rows])?))
            })?;
            if taken == 0 {
                break;
            }
            buried += moved;
            self.add_dead_letters(moved, moved * Bounds::dead_letter(UNKNOWN_TIME.len() as u64))?;
        }
        self.forget_since()?;
        self.count()?;
        Ok(buried)
    }

    fn since(&self) -> Result<Option<Piece>, SpoolError> {
        since(self.connection()?).map_err(|source| self.fault(source))
    }

    fn forget_since(&mut self) -> Result<(), SpoolError> {
        self.transact(|transaction| transaction.execute("DELETE FROM undated_since", []))?;
        Ok(())
    }

    /// Records that wait for the host's clock, as they are.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn undated(&self) -> Result<Vec<Undated>, SpoolError> {
        let connection = self.connection()?;
        let read = || {
            let mut select = connection.prepare_cached(
                "SELECT manager_micros, identity, value, json FROM undated
                 WHERE mote_id IS NULL ORDER BY id",
            )?;
            let rows = select.query_map([], |row| {
                let manager_micros = row.get(0)?;
                Ok(row::read(row, 1)?.map(|record| Undated { record, manager_micros }))
            })?;
            rows.filter_map(Result::transpose).collect::<rusqlite::Result<_>>()
        };
        read().map_err(|source| self.fault(source))
    }
}

/// The manager's clock when the first of them came.
pub(super) fn since(connection: &Connection) -> rusqlite::Result<Option<Piece>> {
    let since = "SELECT manager_micros, uptime FROM undated_since";
    let read =
        |row: &rusqlite::Row<'_>| Ok(Piece { from: row.get(0)?, offset: 0, uptime: row.get(1)? });
    connection.query_row(since, [], read).optional()
}

#[cfg(test)]
mod tests {
    use readings::{Mac, Reading};
    use tempfile::TempDir;

    use super::*;

    const SECOND: i64 = 1_000_000;

    fn reading(secs: i64) -> Undated {
        let record = Reading::temperature(Mac::from([7; 8]), 22.97, None).into();
        Undated { record, manager_micros: secs * SECOND }
    }

    /// A look at a manager that has been running for so long.
    fn look(uptime: u32, offset: i64) -> Piece {
        Piece { from: i64::from(uptime) * SECOND, offset, uptime }
    }

    /// The clock is right, and so far from the manager's.
    fn date(spool: &mut Spool, uptime: u32, offset: i64) -> (u64, u64) {
        let host_time = |micros| Some(Timestamp::from_micros(micros + offset));
        spool.date(look(uptime, offset), host_time).unwrap()
    }

    fn spool(directory: &TempDir) -> Spool {
        Spool::open(directory.path(), 1 << 20).unwrap()
    }

    #[test]
    fn readings_get_their_times_when_the_clock_is_right_also_after_a_restart() {
        let directory = TempDir::new().unwrap();
        let mut before = spool(&directory);
        assert_eq!(before.await_date(look(10, 0)).unwrap(), 0);
        before.append_undated(&[reading(11), reading(12), reading(11)]).unwrap();
        drop(before);
        let mut spool = spool(&directory);
        assert_eq!(spool.undated().unwrap(), [reading(11), reading(12)]);
        assert_eq!(date(&mut spool, 100, 5 * SECOND), (2, 0));
        assert_eq!(spool.len(), 2);
        let times: Vec<_> = spool.oldest(9).unwrap().iter().map(|s| s.record.timestamp()).collect();
        let time = |secs| Some(Timestamp::from_micros(secs * SECOND));
        assert_eq!(times, [time(16), time(17)]);
        assert_eq!(spool.undated().unwrap(), []);
        assert_eq!(date(&mut spool, 101, 5 * SECOND), (0, 0));
    }

    #[test]
    fn readings_of_an_earlier_run_of_the_manager_are_kept_as_dead_letters() {
        for rebooted in [look(5, 0), look(13, 0)] {
            let directory = TempDir::new().unwrap();
            let mut spool = spool(&directory);
            spool.await_date(look(10, 0)).unwrap();
            spool.append_undated(&[reading(11), reading(60)]).unwrap();
            assert_eq!(spool.await_date(rebooted).unwrap(), 2, "{rebooted:?}");
            assert_eq!(spool.dead_letters(), 2);
            spool.append_undated(&[reading(14)]).unwrap();
            assert_eq!(date(&mut spool, 20, SECOND), (1, 0));
        }
    }

    #[test]
    fn readings_go_back_with_the_clock_of_a_manager_that_is_known_to_have_rebooted() {
        let directory = TempDir::new().unwrap();
        let mut spool = spool(&directory);
        spool.carry_undated(look(5, 0), 40 * SECOND).unwrap();
        spool.await_date(look(10, 0)).unwrap();
        spool.append_undated(&[reading(11), reading(44)]).unwrap();
        spool.carry_undated(look(5, 0), 40 * SECOND).unwrap();
        assert_eq!(spool.await_date(look(5, 0)).unwrap(), 0);
        spool.append_undated(&[reading(6)]).unwrap();
        assert_eq!(date(&mut spool, 20, 100 * SECOND), (3, 0));
        let times = spool.oldest(9).unwrap().into_iter().map(|s| s.record.timestamp());
        let times: Vec<_> = times.map(|time| time.unwrap().as_micros() / SECOND).collect();
        assert_eq!(times, [71, 104, 106]);
    }

    #[test]
    fn at_the_limit_the_oldest_make_room() {
        let directory = TempDir::new().unwrap();
        let mut spool = Spool::open(directory.path(), 128 * 1024).unwrap();
        let (mut next, mut dropped) = (0, 0);
        while dropped == 0 && next < 100_000 {
            let readings: Vec<_> = (next..next + 100).map(reading).collect();
            dropped = spool.append_undated(&readings).unwrap();
            next += 100;
        }
        let left = spool.undated().unwrap();
        assert_eq!(left.len() as u64 + dropped, u64::try_from(next).unwrap());
        assert_eq!(left.last(), Some(&reading(next - 1)));
    }

    #[test]
    fn a_spool_without_undated_readings_has_nothing_to_date() {
        let directory = TempDir::new().unwrap();
        let mut spool = spool(&directory);
        assert_eq!(date(&mut spool, 20, SECOND), (0, 0));
        let dated = Reading::temperature(Mac::from([7; 8]), 1.0, Some(Timestamp::from_micros(1)));
        spool.append(&[dated.into()]).unwrap();
        assert_eq!(date(&mut spool, 21, SECOND), (0, 0));
        assert_eq!(spool.len(), 1);
    }
}
