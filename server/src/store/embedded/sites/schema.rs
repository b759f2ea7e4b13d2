use rusqlite::{Connection, Result};

use super::super::{database, events, links, quantities};
use crate::store::scope::Table;

/// The tables of all sites but the default one: those of that one, with the site's number at the
/// beginning of each key. They are made when the first site has something to store, beside what is
/// there: a file without sites is as it always was, and a server that knows no sites leaves them
/// alone.
const TABLES: [Table; 6] = [
    database::READINGS,
    quantities::TABLE,
    links::TABLE,
    events::TABLE,
    Table { name: "heard", columns: "mac INTEGER NOT NULL, time INTEGER NOT NULL", key: "mac" },
    Table { name: "labels", columns: "mac INTEGER NOT NULL, label TEXT NOT NULL", key: "mac" },
];

/// Those that are being removed. It is made last.
const REMOVED: &str = "CREATE TABLE IF NOT EXISTS site_removed (site INTEGER PRIMARY KEY) STRICT;";

/// Makes those that are absent.
pub(super) fn make(connection: &Connection) -> Result<()> {
    let tables: String = TABLES.iter().map(Table::schema_of_sites).collect();
    connection.execute_batch(&format!("BEGIN IMMEDIATE; {tables} {REMOVED} COMMIT;"))
}

/// Whether they are there.
pub(super) fn is_made(connection: &Connection) -> Result<bool> {
    connection.table_exists(None, "site_removed")
}
