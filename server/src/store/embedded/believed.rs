//! The time that is believed while the clock is not.

use readings::Timestamp;
use rusqlite::Connection;

/// Keeps the time that is believed while the clock is not, for the next start.
pub(super) fn save(connection: &Connection, steady: Option<Timestamp>) -> rusqlite::Result<()> {
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
pub(super) fn saved(connection: &Connection) -> Option<Timestamp> {
    let steady = connection.query_row("SELECT steady FROM time", (), |row| row.get(0));
    steady.ok().map(Timestamp::from_micros)
}
