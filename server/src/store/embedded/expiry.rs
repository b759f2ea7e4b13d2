//! The end of what is older than the retention.

use core::time::Duration;
use std::time::Instant;

use readings::{Mac, Quantity, Source, Timestamp};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::store::labels;
use crate::store::scope::Scope;

/// Most readings deleted in one transaction, so that no write waits long for it.
pub(super) const PURGE_STEP: usize = 2_000;

/// Free pages that are kept for coming readings rather than given back to the file system.
const SPARE_PAGES: i64 = 256;

/// How many pairs of quantity and mote are looked at in one transaction.
const SERIES_STEP: usize = 1_000;

/// Pause between two rounds over these pairs: each round looks at all of them.
pub(super) const ROUND_INTERVAL: Duration = Duration::from_secs(600);

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

/// What is older goes, where there is something: none where there is a doubt.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cutoffs {
    /// Sensors' readings.
    pub(super) readings: Option<Timestamp>,
    /// All else.
    pub(super) network: Option<Timestamp>,
}

/// What was deleted in one step.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deleted {
    /// How many readings, links and events.
    pub(super) records: usize,
    /// Whether there are pairs that were not looked at.
    pub(super) goes_on: bool,
}

impl Deleted {
    /// Whether there is nothing more.
    pub(super) const fn is_all(&self) -> bool {
        self.records == 0 && !self.goes_on
    }
}

/// Deletes what is too old of one site, step by step.
#[derive(Default)]
pub(super) struct Round {
    /// The pair of quantity and mote that was looked at last, while a round goes on.
    after: Option<(u8, i64)>,
    ended: Option<Instant>,
}

impl Round {
    /// Deletes some of what the default site has that is older than the cutoffs.
    pub(super) fn purge(
        &mut self,
        connection: &mut Connection,
        cutoffs: Cutoffs,
        unheard: &[Mac],
    ) -> rusqlite::Result<Purged> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let deleted = self.delete(&transaction, Scope::DEFAULT, cutoffs, unheard)?;
        transaction.commit()?;
        Ok(if deleted.is_all() { give_back_pages(connection)? } else { Purged::Some })
    }

    /// The same of any site, within a transaction. `unheard` are motes about which there is nothing
    /// but temperatures any more.
    pub(super) fn delete(
        &mut self,
        connection: &Connection,
        scope: Scope,
        cutoffs: Cutoffs,
        unheard: &[Mac],
    ) -> rusqlite::Result<Deleted> {
        let mut deleted = Deleted::default();
        let by_time = [
            ("readings", cutoffs.readings),
            ("links", cutoffs.network),
            ("events", cutoffs.network),
        ];
        for (table, cutoff) in by_time {
            if let Some(cutoff) = cutoff {
                deleted.records += before(connection, &scope.rows(table), cutoff)?;
            }
        }
        for &mac in unheard {
            connection
                .prepare_cached(&format!("DELETE FROM {} mac = ?1", scope.rows("heard")))?
                .execute([labels::key(mac)])?;
        }
        self.step(connection, &scope.rows("quantities"), cutoffs, &mut deleted)?;
        Ok(deleted)
    }

    /// Deletes some of what is too old in the table that is keyed by quantity and mote.
    fn step(
        &mut self,
        connection: &Connection,
        rows: &str,
        cutoffs: Cutoffs,
        deleted: &mut Deleted,
    ) -> rusqlite::Result<()> {
        if self.ended.is_some_and(|ended| ended.elapsed() < ROUND_INTERVAL) {
            return Ok(());
        }
        let mut next = connection.prepare_cached(&format!(
            "SELECT quantity, mac FROM {rows} (quantity, mac) > (?1, ?2)
             ORDER BY quantity, mac LIMIT 1"
        ))?;
        let mut delete = connection.prepare_cached(&format!(
            "DELETE FROM {rows} quantity = ?1 AND mac = ?2 AND time < ?3
             AND time <= coalesce((SELECT time FROM {rows} quantity = ?1 AND mac = ?2
               ORDER BY time LIMIT 1 OFFSET ?4), ?3)"
        ))?;
        let mut left = PURGE_STEP;
        for _ in 0..SERIES_STEP {
            let (quantity, mac) = self.after.unwrap_or((0, i64::MIN));
            let found =
                next.query_row(params![quantity, mac], |row| Ok((row.get(0)?, row.get(1)?)));
            let Some(series) = found.optional()? else {
                *self = Self { after: None, ended: Some(Instant::now()) };
                return Ok(());
            };
            let (quantity, mac): (u8, i64) = series;
            let cutoff = match Quantity::from_code(quantity).map(Quantity::source) {
                Some(Source::Sensor) => cutoffs.readings,
                _ => cutoffs.network,
            };
            if let Some(cutoff) = cutoff {
                let row = params![quantity, mac, cutoff.as_micros(), offset(left - 1)];
                let some = delete.execute(row)?;
                deleted.records += some;
                left = left.saturating_sub(some);
            }
            if left == 0 {
                // There may be more of the same.
                break;
            }
            self.after = Some(series);
        }
        deleted.goes_on = true;
        Ok(())
    }
}

/// Deletes some of the rows of a table that is keyed by time; returns how many.
fn before(connection: &Connection, rows: &str, cutoff: Timestamp) -> rusqlite::Result<usize> {
    let mut delete = connection.prepare_cached(&format!(
        "DELETE FROM {rows} time < ?1 AND time <= coalesce(
           (SELECT time FROM {rows} true ORDER BY time LIMIT 1 OFFSET ?2), ?1)"
    ))?;
    delete.execute(params![cutoff.as_micros(), offset(PURGE_STEP - 1)])
}

fn offset(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Shrinks the file, a little at a time, once more of it is free than used. Returns whether it does.
fn give_back_pages(connection: &Connection) -> rusqlite::Result<Purged> {
    let pages = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let (free, all) = (pages("freelist_count")?, pages("page_count")?);
    if free > SPARE_PAGES && free > all / 2 {
        let mut vacuum = connection.prepare_cached("PRAGMA incremental_vacuum(512)")?;
        let mut rows = vacuum.query(())?;
        while rows.next()?.is_some() {}
        return Ok(Purged::GaveBack);
    }
    Ok(Purged::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::embedded::database;

    fn count(connection: &Connection, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        connection.query_row(&sql, (), |row| row.get(0)).unwrap()
    }

    fn older(readings: Option<i64>, network: Option<i64>) -> Cutoffs {
        let [readings, network] = [readings, network].map(|time| time.map(Timestamp::from_micros));
        Cutoffs { readings, network }
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
        let mut last = round.purge(&mut connection, older(Some(69_990), None), &[]).unwrap();
        while last == Purged::Some {
            steps += 1;
            assert_eq!(files.fault(), None);
            last = round.purge(&mut connection, older(Some(69_990), None), &[]).unwrap();
        }
        assert_eq!(last, Purged::GaveBack);
        files.give_back();
        assert!(steps >= 2 * 69_990 / (PURGE_STEP + 1), "{steps}");
        assert_eq!(count(&connection, "readings"), 20);
        for _ in 0..before {
            round.purge(&mut connection, older(Some(0), None), &[]).unwrap();
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
        while round.purge(&mut connection, older(Some(2990), Some(2000)), &unheard).unwrap()
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
        while round.purge(&mut connection, older(None, None), &[]).unwrap() == Purged::Some {}
        assert_eq!(count(&connection, "links"), 1000);
    }
}
