use std::io::{self, Write};

use readings::{Reading, Record};

use super::file::{ALL, FileError, SpoolFile, State};
use super::stat::set_aside;

/// Checks everything, and prints what was found sound.
pub(super) fn verify(file: &SpoolFile, out: &mut impl Write) -> Result<(), FileError> {
    let fault = |source| file.fault(source);
    let check: String = file
        .connection()
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(fault)?;
    let damaged = |reason| FileError::Damaged { path: file.path().to_owned(), reason };
    if check != "ok" {
        return Err(damaged(check));
    }
    let (mut waiting, mut undated, mut refused, mut wrong) = (0_u64, 0_u64, 0_u64, None);
    file.for_each(&ALL, |entry| {
        *match entry.state {
            State::Waiting | State::Unnamed => &mut waiting,
            State::Undated => &mut undated,
            State::Refused(_) => &mut refused,
        } += 1;
        // What the server has refused may be refused for that.
        if let Record::Reading(Reading { mac, quantity, value, .. }) = entry.record
            && !matches!(entry.state, State::Refused(_))
            && !quantity.range().contains(&value)
        {
            wrong = Some(format!("{mac} with {quantity} {value} {}", quantity.unit()));
        }
        io::Result::Ok(())
    })?;
    if let Some(wrong) = wrong {
        return Err(damaged(format!("a reading that cannot be: {wrong}")));
    }
    writeln!(out, "sound: {waiting} records wait, {undated} are undated, {refused} are refused")?;
    for name in set_aside(file) {
        writeln!(out, "{name} is damaged and was set aside")?;
    }
    Ok(())
}
