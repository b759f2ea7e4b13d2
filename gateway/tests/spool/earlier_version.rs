//! A spool of version 0.1.0, as its own code has made it.

use clouddata_gateway::Spool;
use readings::{Event, Link, LinkKind, Mac, Quantity, Reading, Record, Timestamp};
use rusqlite::{Connection, params};

use crate::{LIMIT, contents, reading, size};

const SCHEMA: &str = "
    CREATE TABLE readings (
        id INTEGER PRIMARY KEY,
        mac BLOB NOT NULL,
        micros INTEGER NOT NULL,
        temperature REAL NOT NULL,
        UNIQUE (mac, micros)
    ) STRICT;
    CREATE TABLE dead_letters (
        id INTEGER PRIMARY KEY,
        mac BLOB NOT NULL,
        micros INTEGER NOT NULL,
        temperature REAL NOT NULL,
        reason TEXT NOT NULL,
        UNIQUE (mac, micros)
    ) STRICT;
    CREATE TABLE clock_map (
        from_micros INTEGER NOT NULL,
        offset_micros INTEGER NOT NULL,
        uptime INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE undated (
        id INTEGER PRIMARY KEY,
        mac BLOB NOT NULL,
        manager_micros INTEGER NOT NULL,
        temperature REAL NOT NULL,
        UNIQUE (mac, manager_micros)
    ) STRICT;
    CREATE TABLE undated_since (
        manager_micros INTEGER NOT NULL,
        uptime INTEGER NOT NULL
    ) STRICT;
";

#[test]
fn opens_and_keeps_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = Connection::open(folder.path().join("spool.db")).unwrap();
    file.pragma_update(None, "journal_mode", "wal").unwrap();
    file.execute_batch(SCHEMA).unwrap();
    let mac = [0, 0, 0, 0, 0, 0, 0, 7_u8];
    for micros in 1..=100 {
        let insert = "INSERT INTO readings (mac, micros, temperature) VALUES (?, ?, 22.97)";
        file.execute(insert, params![mac, micros]).unwrap();
    }
    let bury = "INSERT INTO dead_letters (mac, micros, temperature, reason) VALUES (?, ?, 1.0, ?)";
    for micros in 1..=50 {
        file.execute(bury, params![mac, micros, "x".repeat(100_000)]).unwrap();
    }
    file.execute(bury, params![mac, 51, "too old"]).unwrap();
    file.execute(
        "INSERT INTO undated (mac, manager_micros, temperature) VALUES (?, 5, 1.0)",
        [mac],
    )
    .unwrap();
    file.execute("INSERT INTO undated_since VALUES (5, 9)", []).unwrap();
    file.execute("INSERT INTO clock_map VALUES (1, 2, 3)", []).unwrap();
    drop(file);
    assert!(size(folder.path()) > 4 * LIMIT);

    let mut spool = Spool::open(folder.path(), LIMIT).unwrap();
    let readings: Vec<_> = (1..=100).map(|micros| reading(7, micros)).collect();
    assert_eq!(contents(&mut spool), readings);
    assert_eq!((spool.len(), spool.dead_letters()), (100, 51));
    assert_eq!(spool.undated().unwrap().len(), 1);
    assert_eq!(spool.clock_map().unwrap().pieces().count(), 1);
    assert!(size(folder.path()) <= LIMIT * 5 / 4, "{}", size(folder.path()));
}

/// What it held becomes temperatures of today, and takes anything beside them; also what was put
/// aside of it before it was brought into today's form.
#[test]
fn takes_everything_once_it_is_open_and_what_was_rescued_of_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let mac = Mac::from([0, 0, 0, 0, 0, 0, 0, 7]);
    for (name, micros) in [("spool.db", 1_i64), ("spool.db.rescued", 2)] {
        let file = Connection::open(folder.path().join(name)).unwrap();
        file.execute_batch(SCHEMA).unwrap();
        let insert = "INSERT INTO readings (mac, micros, temperature) VALUES (?, ?, 22.97)";
        file.execute(insert, params![mac.octets(), micros]).unwrap();
        let bury = "INSERT INTO dead_letters (mac, micros, temperature, reason)
                    VALUES (?, ?, 22.97, 'too old')";
        file.execute(bury, params![mac.octets(), 100 + micros]).unwrap();
    }
    let timestamp = Some(Timestamp::from_micros(1));
    let voltage = Reading { mac, quantity: Quantity::BATTERY_VOLTAGE, value: 2961.0, timestamp };
    let link = Link::new(mac, Mac::from([8; 8]), LinkKind::Heard, timestamp);
    let event = Event::new("moteLost", Some(7), timestamp);
    let network = [Record::from(voltage), link.into(), event.into()];
    for _ in 0..2 {
        let mut spool = Spool::open(folder.path(), LIMIT).unwrap();
        spool.append(&network).unwrap();
        let waiting = [&[reading(7, 1), reading(7, 2)], &network[..]].concat();
        assert_eq!(contents(&mut spool), waiting);
        assert_eq!((spool.len(), spool.dead_letters()), (5, 2));
    }
    assert!(!folder.path().join("spool.db.rescued").exists());
}
