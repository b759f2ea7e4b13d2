use std::fs;
use std::io::Write;

use super::file::{FileError, SpoolFile, Waiting};
use crate::brief::brief;

/// Prints how much waits.
pub(super) fn stat(file: &SpoolFile, limit: u64, out: &mut impl Write) -> Result<(), FileError> {
    let fault = |source| file.fault(source);
    // All that is read is of one moment, whatever a gateway does meanwhile.
    let _moment = file.connection().unchecked_transaction().map_err(fault)?;
    let number = |query: &str| {
        file.connection().query_row(query, [], |row| row.get::<_, u64>(0)).map_err(fault)
    };
    let Waiting { records, motes, oldest, newest } = file.waiting()?;
    let size = fs::metadata(file.path()).map_or(0, |metadata| metadata.len());
    writeln!(out, "file          {}", file.path().display())?;
    writeln!(out, "size          {size} octets, of at most about {limit}")?;
    writeln!(out, "waiting       {records} records of {motes} motes")?;
    for (name, time) in [("oldest", oldest), ("newest", newest)] {
        if let Some(time) = time {
            writeln!(out, "{name}        {time}")?;
        }
    }
    if file.has_table("records")? {
        let unnamed = number("SELECT count(*) FROM records WHERE mote_id IS NOT NULL")?;
        if unnamed > 0 {
            writeln!(out, "unnamed       {unnamed}, until their neighbours' names are known")?;
        }
    }
    let undated =
        if file.has_table("undated")? { number("SELECT count(*) FROM undated")? } else { 0 };
    if undated > 0 {
        writeln!(out, "undated       {undated}, until this machine's clock is right")?;
    }
    if file.has_table("dead_letters")? {
        dead_letters(file, out)?;
    }
    for damaged in set_aside(file) {
        writeln!(out, "set aside     {damaged}, damaged")?;
    }
    Ok(())
}

/// Prints what the server has refused.
fn dead_letters(file: &SpoolFile, out: &mut impl Write) -> Result<(), FileError> {
    let (connection, fault) = (file.connection(), |source| file.fault(source));
    let count = "SELECT count(*) FROM dead_letters";
    let count: u64 = connection.query_row(count, [], |row| row.get(0)).map_err(fault)?;
    writeln!(out, "dead letters  {count}")?;
    // An earlier version kept reasons as they came.
    let mut reasons = connection
        .prepare(
            "SELECT count(*), substr(reason, 1, 200) AS reason FROM dead_letters
             GROUP BY 2 ORDER BY 1 DESC LIMIT 5",
        )
        .map_err(fault)?;
    let reasons = reasons
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect::<Result<Vec<(u64, String)>, _>>)
        .map_err(fault)?;
    for (count, reason) in reasons {
        writeln!(out, "              {count} refused: {}", brief(&reason))?;
    }
    Ok(())
}

/// The names of damaged spools beside this one.
pub(super) fn set_aside(file: &SpoolFile) -> Vec<String> {
    let entries = file.path().parent().and_then(|directory| fs::read_dir(directory).ok());
    let mut names: Vec<String> = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| {
            name.contains(".damaged-") && !name.ends_with("-wal") && !name.ends_with("-shm")
        })
        .collect();
    names.sort();
    names
}
