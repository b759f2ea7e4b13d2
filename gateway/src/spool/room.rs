//! How the file stays within its bounds.

use super::{Spool, SpoolError};

impl Spool {
    /// What the pages in use come to, in octets.
    fn used(&self) -> Result<u64, SpoolError> {
        let query = "SELECT (page_count - freelist_count) * page_size
                     FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
        self.query(query, |row| row.get(0))
    }

    /// Drops the oldest records if the spool has reached its limit.
    pub(super) fn make_room(&mut self) -> Result<(), SpoolError> {
        let most = self.bounds.pages(self.dead.octets());
        if self.used()? < most {
            return Ok(());
        }
        while self.used()? >= most.saturating_sub(self.bounds.slack()) {
            let dropped = self.drop_oldest()?;
            if dropped == 0 {
                break;
            }
            self.dropped += dropped;
        }
        self.count()?;
        self.compact_if_oversized();
        Ok(())
    }

    fn drop_oldest(&mut self) -> Result<u64, SpoolError> {
        let rows = self.bounds.rows();
        self.transact(|transaction| {
            for table in ["records", "undated"] {
                let oldest = format!(
                    "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} ORDER BY id LIMIT ?)"
                );
                let dropped = transaction.prepare_cached(&oldest)?.execute([rows])? as u64;
                if dropped > 0 {
                    return Ok(dropped);
                }
            }
            Ok(0)
        })
    }

    /// SQLite never gives back what a file once had. It has had too much if an earlier version
    /// knew fewer bounds, or the limit was higher.
    pub(super) fn compact_if_oversized(&mut self) {
        let compacted = self.compact();
        if let Err(error) = compacted {
            tracing::warn!(%error, "the spool's file stays larger than it should be");
        }
    }

    fn compact(&mut self) -> Result<(), SpoolError> {
        let size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        let most = self.bounds.file();
        if self.query(size, |row| row.get::<_, u64>(0))? <= most || self.used()? > most {
            return Ok(());
        }
        let compacted =
            self.connection()?.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
        compacted.map_err(|source| self.fault(source))?;
        if let Some(file) = &mut self.file {
            file.compacted();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::super::FILE;
    use super::super::tests::{LIMIT, contents, reading};
    use super::*;

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
}
