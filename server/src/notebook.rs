use std::path::Path;

use rusqlite::Connection;

/// Opens a small SQLite file, or makes it. What is in it can be done without: if it is damaged, or
/// not ours, it is set aside as `….damaged` and a new one made.
///
/// `version` is that of `schema`, and its upper half tells what kind of file it is.
pub(crate) fn open(path: &Path, version: i32, schema: &str) -> rusqlite::Result<Connection> {
    let fault = match try_open(path, version, schema) {
        Ok(Some(connection)) => return Ok(connection),
        Ok(None) => "it has another layout".to_owned(),
        Err(error) => error.to_string(),
    };
    let mut aside = path.as_os_str().to_owned();
    aside.push(".damaged");
    tracing::error!(file = %path.display(), fault, "a file cannot be used; it is set aside");
    // If that does not work, opening it again will not either.
    let _ = std::fs::rename(path, aside);
    for journal in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(journal);
        let _ = std::fs::remove_file(name);
    }
    try_open(path, version, schema)?.ok_or(rusqlite::Error::InvalidQuery)
}

fn try_open(path: &Path, version: i32, schema: &str) -> rusqlite::Result<Option<Connection>> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(core::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    let found: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let objects: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    if objects == 0 {
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {schema} PRAGMA user_version = {version}; COMMIT;"
        ))?;
        return Ok(Some(connection));
    }
    Ok((found == version).then_some(connection))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "CREATE TABLE names (name TEXT);";

    #[test]
    fn what_is_damaged_or_not_ours_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let count = |version| -> u32 {
            let connection = open(&path, version, SCHEMA).unwrap();
            connection.execute("INSERT INTO names VALUES ('attic')", ()).unwrap();
            connection.query_row("SELECT count(*) FROM names", (), |row| row.get(0)).unwrap()
        };
        assert_eq!((count(7), count(7)), (1, 2));
        assert_eq!(count(8), 1);
        std::fs::write(
            &path,
            "no database, but longer than a page's header of a hundred octets. ".repeat(9),
        )
        .unwrap();
        assert_eq!(count(8), 1);
        assert!(folder.path().join("state.db.damaged").exists());
    }
}
