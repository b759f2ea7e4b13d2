//! The clock map, which must outlive the program: a reading that arrives again after a restart gets
//! the same time.

use rusqlite::{Connection, params};

use super::{Spool, SpoolError};
use crate::clock_map::{ClockMap, Piece};

pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS clock_map (
        from_micros INTEGER NOT NULL,
        offset_micros INTEGER NOT NULL,
        uptime INTEGER NOT NULL
    ) STRICT;
";

impl Spool {
    /// The clock map that was saved last.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn clock_map(&self) -> Result<ClockMap, SpoolError> {
        let pieces = pieces(self.connection()?).map_err(|source| self.fault(source))?;
        Ok(ClockMap::from_pieces(pieces))
    }

    /// Saves the clock map.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save_clock_map(&mut self, clock_map: &ClockMap) -> Result<(), SpoolError> {
        self.transact(|transaction| {
            transaction.execute("DELETE FROM clock_map", [])?;
            for Piece { from, offset, uptime } in clock_map.pieces() {
                let values = params![from, offset, uptime];
                transaction.execute("INSERT INTO clock_map VALUES (?, ?, ?)", values)?;
            }
            Ok(())
        })
    }
}

/// The pieces of the clock map that was saved last.
pub(super) fn pieces(connection: &Connection) -> rusqlite::Result<Vec<Piece>> {
    let mut select = connection
        .prepare("SELECT from_micros, offset_micros, uptime FROM clock_map ORDER BY rowid")?;
    let pieces = select.query_map([], |row| {
        Ok(Piece { from: row.get(0)?, offset: row.get(1)?, uptime: row.get(2)? })
    })?;
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::tests::LIMIT;
    use super::*;

    #[test]
    fn the_clock_map_is_saved() {
        let dir = TempDir::new().unwrap();
        let mut spool = Spool::open(dir.path(), LIMIT).unwrap();
        assert_eq!(spool.clock_map().unwrap(), ClockMap::default());
        let piece = |from| Piece { from, offset: from * 2, uptime: 7 };
        let map = ClockMap::from_pieces([piece(1), piece(2)]);
        spool.save_clock_map(&map).unwrap();
        spool.save_clock_map(&map).unwrap();
        assert_eq!(spool.clock_map().unwrap(), map);
    }
}
