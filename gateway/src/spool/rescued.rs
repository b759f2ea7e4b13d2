//! What was rescued of a file that was pulled away, and goes to the one that takes its place.

use std::fs;
use std::path::PathBuf;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Row, params_from_iter};

use super::file::{is_damage, set_aside};
use super::form::bring_in_form;
use super::{Spool, SpoolError, saved_clock, undated};
use crate::ClockMap;

impl Spool {
    /// Takes what was rescued of another file.
    pub(super) fn adopt_rescued(&mut self) -> Result<(), SpoolError> {
        let path = self.rescued();
        if !path.exists() {
            return Ok(());
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let adopted = Connection::open_with_flags(&path, flags)
            .and_then(|mut rescued| {
                bring_in_form(&mut rescued)?;
                Ok(rescued)
            })
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
        for (table, micros) in
            [("records", "micros"), ("undated", "manager_micros"), ("dead_letters", "micros")]
        {
            let mut after = i64::MIN;
            while let Some(last) = self.adopt_some(rescued, table, micros, after)? {
                after = last;
            }
        }
        self.count()?;
        self.add_dead_letters(0, 0)
    }

    /// Takes the next rows of a table, and returns the number of the last.
    fn adopt_some(
        &mut self,
        rescued: &Connection,
        table: &str,
        micros: &str,
        after: i64,
    ) -> Result<Option<i64>, SpoolError> {
        let reason = if table == "dead_letters" { ", reason" } else { "" };
        let columns = format!("identity, {micros}, value, json, mote_id{reason}");
        let query = format!("SELECT id, {columns} FROM {table} WHERE id > ? ORDER BY id LIMIT ?");
        let rows = (after, self.bounds.rows());
        let read = || -> rusqlite::Result<Vec<Vec<Value>>> {
            let mut select = rescued.prepare_cached(&query)?;
            let count = select.column_count();
            let row = |row: &Row<'_>| (0..count).map(|column| row.get(column)).collect();
            select.query_map(rows, row)?.collect()
        };
        let rows = read().map_err(|source| self.fault(source))?;
        let Some(&Value::Integer(last)) = rows.last().and_then(|row| row.first()) else {
            return Ok(None);
        };
        self.make_room()?;
        self.transact(|transaction| {
            let places = columns.split(',').map(|_| "?").collect::<Vec<_>>().join(", ");
            let insert = format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES ({places})");
            let mut insert = transaction.prepare_cached(&insert)?;
            rows.iter()
                .try_for_each(|row| insert.execute(params_from_iter(row.iter().skip(1))).map(drop))
        })?;
        Ok(Some(last))
    }

    pub(super) fn rescued(&self) -> PathBuf {
        self.path.with_extension("db.rescued")
    }

    pub(super) fn unfinished(&self) -> PathBuf {
        self.path.with_extension("db.rescuing")
    }
}
