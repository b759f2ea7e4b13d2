//! A spool of version 0.1.0, as its own code has made it.

use clouddata_gateway::Spool;
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
