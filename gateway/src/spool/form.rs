//! What earlier versions have made is brought in today's form: until 0.1.0 a spool held
//! temperatures alone.

use rusqlite::Connection;

/// Tables of a spool that holds temperatures alone, and what they are called today.
const TABLES: [(&str, &str); 3] =
    [("readings", "records"), ("undated", "undated"), ("dead_letters", "dead_letters")];

/// Renames what was for temperatures alone. It moves no row, so that a full spool on a full disk
/// takes it too.
pub(super) fn bring_in_form(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for (earlier, today) in TABLES {
        if !is_of_temperatures(&transaction, earlier)? {
            continue;
        }
        if earlier != today {
            transaction.execute_batch(&format!("ALTER TABLE {earlier} RENAME TO {today}"))?;
        }
        transaction.execute_batch(&format!(
            "ALTER TABLE {today} RENAME COLUMN mac TO identity;
             ALTER TABLE {today} RENAME COLUMN temperature TO value;
             ALTER TABLE {today} ADD COLUMN json TEXT;
             ALTER TABLE {today} ADD COLUMN mote_id INTEGER;"
        ))?;
    }
    transaction.commit()
}

fn is_of_temperatures(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let columns = "SELECT count(*) FROM pragma_table_info(?) WHERE name IN ('mac', 'temperature')";
    connection.query_row(columns, [table], |row| row.get::<_, u64>(0)).map(|count| count == 2)
}
