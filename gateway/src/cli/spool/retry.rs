use std::io::Write;

use super::file::{FileError, SpoolFile};
use crate::spool::revive;

/// Puts what the server has refused back in the queue, and prints how much that is.
pub(super) fn retry(
    file: &mut SpoolFile,
    limit: u64,
    reason: Option<&str>,
    out: &mut impl Write,
) -> Result<(), FileError> {
    if !file.has_table("dead_letters")? {
        return Ok(writeln!(out, "0 records are in the queue again")?);
    }
    let revived = revive(file.connection_mut(), limit, reason);
    let revived = revived.map_err(|source| file.fault(source))?;
    writeln!(out, "{revived} records are in the queue again")?;
    let left = "SELECT count(*) FROM dead_letters";
    let left = file.connection().query_row(left, [], |row| row.get::<_, u64>(0));
    match left.map_err(|source| file.fault(source))? {
        0 => Ok(()),
        left => Ok(writeln!(
            out,
            "{left} dead letters stay: their reason is another, or their time is unknown"
        )?),
    }
}
