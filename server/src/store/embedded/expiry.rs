//! The end of what is older than the retention.

use readings::Timestamp;
use rusqlite::{Connection, params};

/// Most readings deleted in one transaction, so that no write waits long for it.
const PURGE_STEP: i64 = 2_000;

/// Free pages that are kept for coming readings rather than given back to the file system.
const SPARE_PAGES: i64 = 256;

/// What was done about what is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purged {
    /// Some was deleted, and there may be more.
    Some,
    /// There is nothing more. The file is as it was.
    Nothing,
    /// There is nothing more, and the file will become smaller.
    GaveBack,
}

/// Deletes some of what is older than `cutoff`.
pub(super) fn purge(connection: &Connection, cutoff: Timestamp) -> rusqlite::Result<Purged> {
    let mut delete = connection.prepare_cached(
        "DELETE FROM readings WHERE time < ?1 AND time <= coalesce(
           (SELECT time FROM readings ORDER BY time LIMIT 1 OFFSET ?2), ?1)",
    )?;
    let deleted = delete.execute(params![cutoff.as_micros(), PURGE_STEP - 1])?;
    Ok(match deleted {
        0 if give_back_pages(connection)? => Purged::GaveBack,
        0 => Purged::Nothing,
        _ => Purged::Some,
    })
}

/// Keeps the time that is believed while the clock is not, for the next start.
pub(super) fn save_time(
    connection: &Connection,
    steady: Option<Timestamp>,
) -> rusqlite::Result<()> {
    connection.execute_batch("DROP TABLE IF EXISTS time")?;
    if let Some(steady) = steady {
        connection.execute_batch(&format!(
            "CREATE TABLE time (steady INTEGER NOT NULL) STRICT; INSERT INTO time VALUES ({})",
            steady.as_micros()
        ))?;
    }
    Ok(())
}

/// The time that was believed, if the clock was not when it was kept.
pub(super) fn saved_time(connection: &Connection) -> Option<Timestamp> {
    let steady = connection.query_row("SELECT steady FROM time", (), |row| row.get(0));
    steady.ok().map(Timestamp::from_micros)
}

/// Shrinks the file, a little at a time, once more of it is free than used. Returns whether it does.
fn give_back_pages(connection: &Connection) -> rusqlite::Result<bool> {
    let pages = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (free, all) = (pages("freelist_count")?, pages("page_count")?);
    if free > SPARE_PAGES && free > all / 2 {
        let mut vacuum = connection.prepare_cached("PRAGMA incremental_vacuum(512)")?;
        let mut rows = vacuum.query(())?;
        while rows.next()?.is_some() {}
        return Ok(true);
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::embedded::database;

    #[test]
    fn old_readings_go_in_steps_and_the_file_shrinks() {
        let folder = tempfile::tempdir().unwrap();
        let opened = database::open(&folder.path().join("readings.db")).unwrap();
        let (connection, mut files) = (opened.connection, opened.files);
        connection
            .execute_batch(
                "WITH RECURSIVE times(time) AS
                   (SELECT 0 UNION ALL SELECT time + 1 FROM times WHERE time < 69999)
                 INSERT INTO readings SELECT time, mac, 20.0
                   FROM times, (SELECT 1 AS mac UNION SELECT 2);",
            )
            .unwrap();
        let pages = || -> i64 {
            connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap()
        };
        let before = pages();

        let mut steps = 0;
        let cutoff = Timestamp::from_micros(69_990);
        let mut last = purge(&connection, cutoff).unwrap();
        while last == Purged::Some {
            steps += 1;
            assert_eq!(files.fault(), None);
            last = purge(&connection, cutoff).unwrap();
        }
        assert_eq!(last, Purged::GaveBack);
        files.give_back();
        assert!(steps >= 2 * 69_990 / (PURGE_STEP + 1), "{steps}");
        let left: i64 =
            connection.query_row("SELECT count(*) FROM readings", (), |row| row.get(0)).unwrap();
        assert_eq!(left, 20);
        for _ in 0..before {
            purge(&connection, Timestamp::from_micros(0)).unwrap();
        }
        assert!(pages() <= 2 * SPARE_PAGES, "{}", pages());
        connection.query_row("PRAGMA wal_checkpoint", (), |_| Ok(())).unwrap();
        assert_eq!(files.fault(), None, "nobody else has cut it");
    }
}
