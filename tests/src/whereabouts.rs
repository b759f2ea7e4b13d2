use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use readings::Mac;
use rusqlite::{Connection, OpenFlags};

use crate::{Noted, Stored};

/// How far the time of a reading may be off for it to be taken for the one that is missing, in µs.
const NEAR: i64 = 1_000_000;

/// The times of each mote's readings in a table, in µs, and what is said of each.
type Times = HashMap<String, BTreeMap<i64, String>>;

/// Where a reading may be that is not where it should be.
#[derive(Debug, Default)]
pub struct Whereabouts {
    spooled: Times,
    undated: Times,
    dead: Times,
    stored: Times,
    /// Why the spool does not say.
    fault: Option<String>,
}

impl Whereabouts {
    /// The spool in this directory, and what a server has stored that nobody has missed.
    #[must_use]
    pub fn new(directory: &Path, stored: &[Stored]) -> Self {
        let mut found = Self::default();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let read =
            Connection::open_with_flags(directory.join("spool.db"), flags).and_then(|spool| {
                found.spooled = times(&spool, &temperatures("records", "micros, ''"))?;
                found.undated = times(&spool, &temperatures("undated", "manager_micros, ''"))?;
                found.dead = times(&spool, &temperatures("dead_letters", "micros, reason"))?;
                Ok(())
            });
        found.fault = read.err().map(|error| error.to_string());
        for reading in stored {
            let times = found.stored.entry(reading.mac.clone()).or_default();
            let time = reading.timestamp.parse::<jiff::Timestamp>().expect("RFC 3339");
            times.insert(time.as_microsecond(), String::new());
        }
        found
    }

    /// How many of these are where.
    #[must_use]
    pub fn count(&self, missing: &[Noted]) -> BTreeMap<String, usize> {
        let mut places = BTreeMap::new();
        for reading in missing {
            *places.entry(self.place(reading)).or_default() += 1;
        }
        places
    }

    fn place(&self, reading: &Noted) -> String {
        let Noted { mac, host_micros, manager_micros, .. } = reading;
        let near = |times: &Times, time: i64| {
            let of_mote = times.get(mac)?;
            let near = of_mote.range(time - NEAR..=time + NEAR);
            let nearest = near.min_by_key(|(other, _)| (*other - time).abs());
            nearest.map(|(_, said)| said.clone())
        };
        // What waits for the clock keeps the manager's time, also as a dead letter.
        if near(&self.undated, *manager_micros).is_some() {
            return "undated in the spool".to_owned();
        }
        let dead = [*manager_micros, *host_micros];
        if let Some(reason) = dead.into_iter().find_map(|time| near(&self.dead, time)) {
            return format!("dead letters ({reason})");
        }
        if near(&self.spooled, *host_micros).is_some() {
            return "in the spool".to_owned();
        }
        if near(&self.stored, *host_micros).is_some() {
            return "stored at another time".to_owned();
        }
        match &self.fault {
            Some(fault) => format!("nowhere, but of the spool is known only: {fault}"),
            None => "nowhere".to_owned(),
        }
    }
}

/// What selects the temperatures of a table, with these columns.
fn temperatures(table: &str, columns: &str) -> String {
    format!("SELECT identity, {columns} FROM {table} WHERE length(identity) = 8")
}

fn times(spool: &Connection, query: &str) -> rusqlite::Result<Times> {
    let mut times = Times::new();
    let mut select = spool.prepare(query)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let mac = Mac::from(row.get::<_, [u8; 8]>(0)?).to_string();
        times.entry(mac).or_default().insert(row.get(1)?, row.get(2)?);
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use clouddata_gateway::{Spool, Undated};
    use readings::{Field, Reading, Refusal, Timestamp};

    use super::*;

    const SECOND: i64 = 1_000_000;

    /// Measured at this second of the host's, and an hour earlier by the manager.
    fn noted(second: i64) -> Noted {
        let host_micros = second * SECOND;
        let mac = Mac::from([7; 8]).to_string();
        Noted { mac, temperature: 22.97, host_micros, manager_micros: host_micros - 3600 * SECOND }
    }

    #[test]
    fn a_reading_is_found_wherever_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(directory.path(), 1 << 20).unwrap();
        let mac = Mac::from([7; 8]);
        let reading = |second: i64| {
            Reading::temperature(mac, 22.97, Some(Timestamp::from_micros(second * SECOND + 1234)))
        };
        spool.append(&[reading(10_010).into()]).unwrap();
        let reason = "too warm".to_owned();
        spool
            .bury(
                &[reading(10_020).into()],
                &[Refusal { index: 0, field: Field::TEMPERATURE, reason }],
            )
            .unwrap();
        let manager_micros = noted(10_030).manager_micros;
        let record = Reading::temperature(mac, 22.97, None).into();
        let undated = Undated { record, manager_micros };
        spool.append_undated(&[undated]).unwrap();
        let stored = Stored::from(&reading(10_040));
        let found = Whereabouts::new(directory.path(), &[stored]);
        for (second, place) in [
            (10_010, "in the spool"),
            (10_020, "dead letters (too warm)"),
            (10_030, "undated in the spool"),
            (10_040, "stored at another time"),
            (10_050, "nowhere"),
        ] {
            assert_eq!(found.count(&[noted(second)]), [(place.to_owned(), 1)].into());
        }
    }

    #[test]
    fn without_a_spool_that_is_said() {
        let found = Whereabouts::new(Path::new("/nowhere"), &[]);
        let places = found.count(&[noted(1)]);
        assert!(places.keys().all(|place| place.starts_with("nowhere, but")), "{places:?}");
    }
}
