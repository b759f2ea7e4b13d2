//! The end of what is older than the retention.

use core::time::Duration;
use std::time::Instant;

use readings::{Mac, Quantity, Source, Timestamp};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::store::labels;

/// Most readings deleted in one transaction, so that no write waits long for it.
const PURGE_STEP: i64 = 2_000;

/// Free pages that are kept for coming readings rather than given back to the file system.
const SPARE_PAGES: i64 = 256;

/// How many pairs of quantity and mote are looked at in one transaction.
const SERIES_STEP: usize = 1_000;

/// Pause between two rounds over these pairs: each round looks at all of them.
const ROUND_INTERVAL: Duration = Duration::from_secs(600);

/// What was done about what is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purged {
    /// Some was deleted, or looked at, and there may be more.
    Some,
    /// There is nothing more. The file is as it was.
    Nothing,
    /// There is nothing more, and the file will become smaller.
    GaveBack,
}

/// Deletes what is too old, step by step.
#[derive(Default)]
pub(super) struct Round {
    /// The pair of quantity and mote that was looked at last, while a round goes on.
    after: Option<(u8, i64)>,
    ended: Option<Instant>,
}

impl Round {
    /// Deletes some of what is older than the cutoffs, where there are some: the first is that of
    /// sensors' readings.
    pub(super) fn purge(
        &mut self,
        connection: &mut Connection,
        cutoff: Option<Timestamp>,
        network_cutoff: Option<Timestamp>,
        unheard: &[Mac],
    ) -> rusqlite::Result<Purged> {
        let mut deleted = 0;
        if let Some(cutoff) = cutoff {
            deleted += by_time(connection, "readings", cutoff)?;
        }
        if let Some(cutoff) = network_cutoff {
            deleted += by_time(connection, "links", cutoff)?;
            deleted += by_time(connection, "events", cutoff)?;
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for &mac in unheard {
            transaction
                .prepare_cached("DELETE FROM heard WHERE mac = ?1")?
                .execute([labels::key(mac)])?;
        }
        let goes_on = self.step(&transaction, cutoff, network_cutoff)?;
        transaction.commit()?;
        Ok(if deleted > 0 || goes_on {
            Purged::Some
        } else if give_back_pages(connection)? {
            Purged::GaveBack
        } else {
            Purged::Nothing
        })
    }

    /// Deletes some of what is too old in the table that is keyed by quantity and mote; true if the
    /// round is not over.
    fn step(
        &mut self,
        connection: &Connection,
        cutoff: Option<Timestamp>,
        network_cutoff: Option<Timestamp>,
    ) -> rusqlite::Result<bool> {
        if self.ended.is_some_and(|ended| ended.elapsed() < ROUND_INTERVAL) {
            return Ok(false);
        }
        let mut next = connection.prepare_cached(
            "SELECT quantity, mac FROM quantities WHERE (quantity, mac) > (?1, ?2)
             ORDER BY quantity, mac LIMIT 1",
        )?;
        let mut delete = connection.prepare_cached(
            "DELETE FROM quantities WHERE quantity = ?1 AND mac = ?2 AND time < ?3
             AND time <= coalesce((SELECT time FROM quantities WHERE quantity = ?1 AND mac = ?2
               ORDER BY time LIMIT 1 OFFSET ?4), ?3)",
        )?;
        let mut left = PURGE_STEP;
        for _ in 0..SERIES_STEP {
            let (quantity, mac) = self.after.unwrap_or((0, i64::MIN));
            let found =
                next.query_row(params![quantity, mac], |row| Ok((row.get(0)?, row.get(1)?)));
            let Some(series) = found.optional()? else {
                *self = Self { after: None, ended: Some(Instant::now()) };
                return Ok(false);
            };
            let (quantity, mac): (u8, i64) = series;
            let cutoff = match Quantity::from_code(quantity).map(Quantity::source) {
                Some(Source::Sensor) => cutoff,
                _ => network_cutoff,
            };
            if let Some(cutoff) = cutoff {
                let row = params![quantity, mac, cutoff.as_micros(), left - 1];
                left -= i64::try_from(delete.execute(row)?).unwrap_or(i64::MAX);
            }
            if left <= 0 {
                // There may be more of the same.
                break;
            }
            self.after = Some(series);
        }
        Ok(true)
    }
}

/// Deletes some of a table that is keyed by time; returns how many rows.
fn by_time(connection: &Connection, table: &str, cutoff: Timestamp) -> rusqlite::Result<usize> {
    let mut delete = connection.prepare_cached(&format!(
        "DELETE FROM {table} WHERE time < ?1 AND time <= coalesce(
           (SELECT time FROM {table} ORDER BY time LIMIT 1 OFFSET ?2), ?1)"
    ))?;
    delete.execute(params![cutoff.as_micros(), PURGE_STEP - 1])
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

    fn count(connection: &Connection, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        connection.query_row(&sql, (), |row| row.get(0)).unwrap()
    }

    fn micros(time: i64) -> Option<Timestamp> {
        Some(Timestamp::from_micros(time))
    }

    #[test]
    fn old_readings_go_in_steps_and_the_file_shrinks() {
        let folder = tempfile::tempdir().unwrap();
        let opened = database::open(&folder.path().join("readings.db")).unwrap();
        let (mut connection, mut files) = (opened.connection, opened.files);
        connection
            .execute_batch(
                "WITH RECURSIVE times(time) AS
                   (SELECT 0 UNION ALL SELECT time + 1 FROM times WHERE time < 69999)
                 INSERT INTO readings SELECT time, mac, 20.0
                   FROM times, (SELECT 1 AS mac UNION SELECT 2);",
            )
            .unwrap();
        let pages = |connection: &Connection| -> i64 {
            connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap()
        };
        let before = pages(&connection);

        let mut steps = 0;
        let mut round = Round::default();
        let mut last = round.purge(&mut connection, micros(69_990), None, &[]).unwrap();
        while last == Purged::Some {
            steps += 1;
            assert_eq!(files.fault(), None);
            last = round.purge(&mut connection, micros(69_990), None, &[]).unwrap();
        }
        assert_eq!(last, Purged::GaveBack);
        files.give_back();
        assert!(steps >= 2 * 69_990 / (PURGE_STEP + 1), "{steps}");
        assert_eq!(count(&connection, "readings"), 20);
        for _ in 0..before {
            round.purge(&mut connection, micros(0), None, &[]).unwrap();
        }
        assert!(pages(&connection) <= 2 * SPARE_PAGES, "{}", pages(&connection));
        connection.query_row("PRAGMA wal_checkpoint", (), |_| Ok(())).unwrap();
        assert_eq!(files.fault(), None, "nobody else has cut it");
    }

    #[test]
    fn each_kind_goes_in_its_own_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = database::open(&folder.path().join("readings.db")).unwrap().connection;
        let (sensor, health) = (Quantity::ANALOG_0.code(), Quantity::CHARGE.code());
        connection
            .execute_batch(&format!(
                "WITH RECURSIVE times(time) AS
                   (SELECT 0 UNION ALL SELECT time + 1 FROM times WHERE time < 2999)
                 INSERT INTO quantities SELECT quantity, mac, time, 1.0 FROM times,
                   (SELECT -7 AS mac UNION SELECT 7),
                   (SELECT {sensor} AS quantity UNION SELECT {health});
                 INSERT INTO links (time, mac, neighbour, kind)
                   SELECT DISTINCT time, 1, 2, 0 FROM quantities;
                 INSERT INTO events (time, name, number, mac)
                   SELECT DISTINCT time, 'moteLost', 1, '' FROM quantities;
                 INSERT INTO heard VALUES (1, 5), (2, 6);"
            ))
            .unwrap();
        let mut round = Round::default();
        let unheard = [labels::mac(1)];
        while round.purge(&mut connection, micros(2990), micros(2000), &unheard).unwrap()
            == Purged::Some
        {}
        let of = |quantity| {
            count(&connection, &format!("quantities WHERE quantity = {quantity} AND time >= 0"))
        };
        assert_eq!((of(sensor), of(health)), (2 * 10, 2 * 1000));
        let left = ["links", "events", "heard"].map(|table| count(&connection, table));
        assert_eq!(left, [1000, 1000, 1]);
        // What was not deleted for a doubt goes in a later round.
        round.ended = None;
        while round.purge(&mut connection, None, None, &[]).unwrap() == Purged::Some {}
        assert_eq!(count(&connection, "links"), 1000);
    }
}
