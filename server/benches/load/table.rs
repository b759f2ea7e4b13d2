//! The embedded store's table in bare SQLite, with the same settings and nothing around it.

use std::path::Path;

use rusqlite::Connection;

pub(crate) const INSERT: &str = "INSERT INTO readings VALUES (?1, ?2, ?3)";

pub(crate) fn create(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = wal; PRAGMA synchronous = full;
             CREATE TABLE readings (time INTEGER NOT NULL, mac INTEGER NOT NULL,
               temperature REAL NOT NULL, PRIMARY KEY (time, mac)) STRICT, WITHOUT ROWID;",
        )
        .unwrap();
    connection
}
