//! The names that people give to motes, as a table of an SQLite database.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use readings::Mac;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::scope::Scope;

/// The labels' file before they were a table.
const OLD_FILE: &str = "labels.json";

/// A name for a mote; an empty one takes the name away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Whose.
    pub mac: Mac,
    /// At most [`Label::MAX_LENGTH`] characters, in one line, each of which can be seen.
    pub text: String,
}

impl Label {
    /// Longest label, in characters.
    pub const MAX_LENGTH: usize = 64;

    /// Why this text, which is not empty, is no label.
    pub(crate) fn fault(text: &str) -> Option<String> {
        if text.chars().count() > Self::MAX_LENGTH || text.contains(is_break) {
            let most = Self::MAX_LENGTH;
            return Some(format!("is longer than {most} characters, or not one line"));
        }
        let hidden = text.chars().find(|&character| is_hidden(character))?;
        let number = u32::from(hidden);
        Some(format!("has the character U+{number:04X}, which is not seen and changes what is"))
    }
}

fn is_break(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Unicode's format characters: some turn the text around that follows, wherever it is shown, and
/// with others two labels differ that look the same. The joiners stay: words and emoji need them.
fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// The integer that stands for a mote.
pub(super) fn key(mac: Mac) -> i64 {
    i64::from_be_bytes(mac.octets())
}

/// The mote that an integer stands for.
pub(super) fn mac(key: i64) -> Mac {
    Mac::from(key.to_be_bytes())
}

/// Makes the table if it is absent.
pub(super) fn make(connection: &Connection) -> Result<()> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS labels (
            mac INTEGER PRIMARY KEY,
            label TEXT NOT NULL
         ) STRICT",
    )
}

/// Sets a label, or takes it away.
pub(super) fn set(connection: &Connection, label: &Label) -> Result<()> {
    set_in(connection, Scope::DEFAULT, label)
}

/// The same of a site.
pub(super) fn set_in(connection: &Connection, scope: Scope, label: &Label) -> Result<()> {
    let key = key(label.mac);
    if label.text.is_empty() {
        let delete = format!("DELETE FROM {} mac = ?1", scope.rows("labels"));
        connection.prepare_cached(&delete)?.execute([key])?;
    } else {
        let mut set = scope.replacing(connection, "labels", "mac, label")?;
        scope.execute(&mut set, params![key, label.text])?;
    }
    Ok(())
}

/// Forgets those of motes that are not there, if there are more than `limit`.
pub(super) fn bound(
    connection: &Connection,
    limit: usize,
    is_there: impl Fn(Mac) -> bool,
) -> Result<()> {
    bound_in(connection, Scope::DEFAULT, limit, is_there)
}

/// The same of a site.
pub(super) fn bound_in(
    connection: &Connection,
    scope: Scope,
    limit: usize,
    is_there: impl Fn(Mac) -> bool,
) -> Result<()> {
    let rows = scope.rows("labels");
    let count: i64 = connection
        .prepare_cached(&format!("SELECT count(*) FROM {rows} true"))?
        .query_row((), |row| row.get(0))?;
    if usize::try_from(count).is_ok_and(|count| count <= limit) {
        return Ok(());
    }
    let mut all = connection.prepare(&format!("SELECT mac FROM {rows} true"))?;
    let keys: Vec<i64> = all.query_map((), |row| row.get(0))?.collect::<Result<_>>()?;
    let mut forget = connection.prepare(&format!("DELETE FROM {rows} mac = ?1"))?;
    for key in keys.into_iter().filter(|&key| !is_there(mac(key))) {
        forget.execute([key])?;
    }
    Ok(())
}

/// The label of a mote.
pub(super) fn of(connection: &Connection, mac: Mac) -> Result<Option<String>> {
    of_in(connection, Scope::DEFAULT, mac)
}

/// The same of a site.
pub(super) fn of_in(connection: &Connection, scope: Scope, mac: Mac) -> Result<Option<String>> {
    let select = format!("SELECT label FROM {} mac = ?1", scope.rows("labels"));
    let mut label = connection.prepare_cached(&select)?;
    label.query_row([key(mac)], |row| row.get(0)).optional()
}

/// All there are, or those before the first that cannot be read.
pub(super) fn all(connection: &Connection) -> Vec<Label> {
    let label = |row: &Row<'_>| Ok(Label { mac: mac(row.get(0)?), text: row.get(1)? });
    let Ok(mut all) = connection.prepare("SELECT mac, label FROM labels") else {
        return Vec::new();
    };
    let Ok(rows) = all.query_map((), label) else { return Vec::new() };
    rows.map_while(Result::ok).collect()
}

/// Whether there is something to be taken over.
pub(super) fn has_old(folder: &Path) -> bool {
    folder.join(OLD_FILE).exists()
}

/// Takes over the labels of the file in which an earlier version kept them, if there is one. One
/// that cannot be read is set aside, and reported.
pub(super) fn adopt(connection: &mut Connection, folder: &Path) {
    let path = folder.join(OLD_FILE);
    let suffix = match std::fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => {
            tracing::error!(%error, file = %path.display(), "the motes' old labels cannot be read");
            return;
        }
        Ok(json) => match take_over(connection, &json) {
            Ok(Some(count)) => {
                tracing::info!(labels = count, file = %path.display(), "took over the labels");
                "imported"
            }
            Ok(None) => {
                tracing::error!(file = %path.display(), "the motes' old labels are damaged");
                "damaged"
            }
            Err(error) => {
                tracing::error!(%error, "the motes' old labels cannot be kept");
                return;
            }
        },
    };
    let aside = folder.join(format!("{OLD_FILE}.{suffix}"));
    if let Err(error) = std::fs::rename(&path, &aside) {
        tracing::warn!(%error, file = %path.display(), "the old file cannot be renamed");
    }
}

/// None if it is damaged. A label that is there already is newer.
fn take_over(connection: &mut Connection, json: &[u8]) -> Result<Option<usize>> {
    let Ok(labels) = serde_json::from_slice::<BTreeMap<Mac, String>>(json) else {
        return Ok(None);
    };
    let transaction = connection.transaction()?;
    for (&mac, label) in &labels {
        let row = params![key(mac), label];
        transaction.prepare_cached("INSERT OR IGNORE INTO labels VALUES (?1, ?2)")?.execute(row)?;
    }
    transaction.commit()?;
    Ok(Some(labels.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        make(&connection).unwrap();
        connection
    }

    fn label(mote: u8, text: &str) -> Label {
        Label { mac: Mac::from([mote; 8]), text: text.to_owned() }
    }

    #[test]
    fn the_labels_of_an_earlier_version_are_taken_over_once() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join(OLD_FILE);
        let json = r#"{"01-01-01-01-01-01-01-01": "attic, \"north\"",
            "ff-ff-ff-ff-ff-ff-ff-ff": "cellar"}"#;
        std::fs::write(&old, json).unwrap();
        let mut connection = database();
        set(&connection, &label(0xff, "newer")).unwrap();
        adopt(&mut connection, folder.path());
        let found = |mote| of(&connection, Mac::from([mote; 8])).unwrap();
        assert_eq!(found(1).as_deref(), Some("attic, \"north\""));
        assert_eq!((found(0xff).as_deref(), found(2)), (Some("newer"), None));
        assert!(!old.exists() && folder.path().join("labels.json.imported").exists());
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(OLD_FILE), "{\"00-17").unwrap();
        adopt(&mut database(), folder.path());
        assert!(folder.path().join("labels.json.damaged").exists());
    }

    #[test]
    fn beyond_the_limit_the_labels_of_motes_that_are_gone_are_forgotten() {
        let connection = database();
        for mote in 1..=4 {
            set(&connection, &label(mote, "name")).unwrap();
        }
        set(&connection, &label(4, "")).unwrap();
        let is_there = |mac: Mac| mac.octets()[0] != 2;
        let left = || -> Vec<u8> {
            let mote = |mote| of(&connection, Mac::from([mote; 8])).unwrap().map(|_| mote);
            (1..=4).filter_map(mote).collect()
        };
        bound(&connection, 3, is_there).unwrap();
        assert_eq!(left(), [1, 2, 3]);
        bound(&connection, 2, is_there).unwrap();
        assert_eq!(left(), [1, 3]);
    }
}
