//! The manager's clocks, in messages of several kinds.

use super::fields::Fields;
use super::meaning::Meaning::{Asn, Unit};
use super::text::moment;

/// Uptime, UTC and slot number, as `getTime` and an event give them.
pub(super) fn explain_time(fields: &mut Fields<'_>) -> Option<()> {
    fields.layout(&[(4, "uptime", Unit("s"))])?;
    explain_utc(fields)?;
    fields.layout(&[(5, "asn", Asn), (2, "asnOffset", Unit("µs"))])
}

/// A moment on the manager's clock.
pub(super) fn explain_utc(fields: &mut Fields<'_>) -> Option<()> {
    let secs = fields.plain(8, "utcSecs")?;
    fields.number(4, "utcUsecs", |usecs| format!("{usecs}: {}", moment(secs, usecs)))?;
    Some(())
}
