use readings::Mac;
use rusqlite::{Connection, Result, Row};

use super::schema;
use crate::store::labels::{self, Label};
use crate::store::scope::Scope;

/// The labels of all sites, or those before the first that cannot be read.
pub(in super::super) fn of_all(connection: &Connection) -> Vec<(Scope, Label)> {
    let mut found: Vec<_> =
        labels::all(connection).into_iter().map(|label| (Scope::DEFAULT, label)).collect();
    let label = |row: &Row<'_>| {
        let mac = Mac::from(row.get::<_, i64>(1)?.to_be_bytes());
        Ok((Scope::of(row.get(0)?), Label { mac, text: row.get(2)? }))
    };
    // There is no such table unless there are sites.
    if let Ok(mut all) = connection.prepare("SELECT site, mac, label FROM site_labels")
        && let Ok(rows) = all.query_map((), label)
    {
        found.extend(rows.map_while(Result::ok));
    }
    found
}

/// Takes over the labels of the database that was there before.
pub(in super::super) fn keep(connection: &Connection, all: &[(Scope, Label)]) {
    let made = if all.iter().all(|(scope, _)| scope.is_default()) {
        Ok(())
    } else {
        schema::make(connection)
    };
    for (scope, label) in all {
        let kept = made.as_ref().map_err(ToString::to_string).and_then(|()| {
            labels::set_in(connection, *scope, label).map_err(|error| error.to_string())
        });
        if let Err(error) = kept {
            tracing::warn!(error, "a label is lost");
        }
    }
}
