use rusqlite::{Connection, Result};

/// The tables of all sites but the default one: those of that one, with the site's number at the
/// beginning of each key. They are made when the first site has something to store, beside what is
/// there: a file without sites is as it always was, and a server that knows no sites leaves them
/// alone.
const SCHEMA: &str = "
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS site_readings (
        site INTEGER NOT NULL,
        time INTEGER NOT NULL,
        mac INTEGER NOT NULL,
        temperature REAL NOT NULL,
        PRIMARY KEY (site, time, mac)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS site_quantities (
        site INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        mac INTEGER NOT NULL,
        time INTEGER NOT NULL,
        value REAL NOT NULL,
        PRIMARY KEY (site, quantity, mac, time)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS site_heard (
        site INTEGER NOT NULL,
        mac INTEGER NOT NULL,
        time INTEGER NOT NULL,
        PRIMARY KEY (site, mac)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS site_links (
        site INTEGER NOT NULL,
        time INTEGER NOT NULL,
        mac INTEGER NOT NULL,
        neighbour INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        rssi INTEGER,
        rssi_back INTEGER,
        attempts INTEGER,
        failures INTEGER,
        received INTEGER,
        quality INTEGER,
        direction INTEGER,
        slots INTEGER,
        PRIMARY KEY (site, time, mac, neighbour, kind)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS site_events (
        site INTEGER NOT NULL,
        time INTEGER NOT NULL,
        name TEXT NOT NULL,
        number INTEGER NOT NULL,
        mac ANY NOT NULL,
        neighbour INTEGER,
        details TEXT,
        PRIMARY KEY (site, time, name, number, mac)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS site_labels (
        site INTEGER NOT NULL,
        mac INTEGER NOT NULL,
        label TEXT NOT NULL,
        PRIMARY KEY (site, mac)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS site_removed (
        site INTEGER PRIMARY KEY
    ) STRICT;
    COMMIT;";

/// Makes those that are absent.
pub(super) fn make(connection: &Connection) -> Result<()> {
    connection.execute_batch(SCHEMA)
}

/// Whether they are there.
pub(super) fn is_made(connection: &Connection) -> Result<bool> {
    // It is the last.
    connection.table_exists(None, "site_removed")
}
