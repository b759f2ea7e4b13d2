use std::path::Path;

use readings::{Mac, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::gateway::GatewayState;
use super::mote::MoteState;
use crate::notebook::{Kind, Notebook};

/// Marked "st", 1. Times are in µs since 1970, a mac is the EUI-64 as a big-endian integer.
const KIND: Kind = Kind {
    version: 0x7374_0001,
    schema: "
    CREATE TABLE motes (
        mac INTEGER PRIMARY KEY, gateway TEXT, state INTEGER NOT NULL, since INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE gateways (
        name TEXT PRIMARY KEY, contact INTEGER NOT NULL, promise INTEGER,
        state INTEGER NOT NULL, since INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;",
    synchronous: "normal",
    is_precious: false,
};

/// What the readings do not tell when the server starts again: which gateway brought them, when that
/// was in touch, and since when each is in its state.
pub(crate) struct Kept(Notebook);

/// A mote as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeptMote {
    pub(super) mac: Mac,
    pub(super) gateway: Option<String>,
    pub(super) state: MoteState,
    pub(super) since: Timestamp,
}

/// A gateway as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeptGateway {
    pub(super) name: String,
    pub(super) contact: Timestamp,
    /// How often it promised to be in touch, in µs.
    pub(super) promise: Option<i64>,
    pub(super) state: GatewayState,
    pub(super) since: Timestamp,
}

/// What is to be kept anew.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) motes: Vec<KeptMote>,
    pub(super) forgotten: Vec<Mac>,
    /// All of them, if any has changed.
    pub(super) gateways: Option<Vec<KeptGateway>>,
}

impl Kept {
    /// The file's name in a server's data folder.
    const FILE_NAME: &str = "state.db";

    /// Opens the file in this folder, or makes it.
    pub(crate) fn open(folder: &Path) -> rusqlite::Result<Self> {
        Notebook::open(folder.join(Self::FILE_NAME), KIND).map(Self)
    }

    /// Looks whether the file is there, and makes it anew if it is not.
    pub(crate) fn look(&mut self) -> rusqlite::Result<()> {
        self.0.look()
    }

    pub(super) fn gateways(&mut self) -> rusqlite::Result<Vec<KeptGateway>> {
        let connection = self.0.connection()?;
        let mut all =
            connection.prepare("SELECT name, contact, promise, state, since FROM gateways")?;
        let rows = all.query_map((), |row| {
            let silent = row.get::<_, i64>(3)? != 0;
            Ok(KeptGateway {
                name: row.get(0)?,
                contact: Timestamp::from_micros(row.get(1)?),
                promise: row.get(2)?,
                state: if silent { GatewayState::Silent } else { GatewayState::Ok },
                since: Timestamp::from_micros(row.get(4)?),
            })
        })?;
        rows.collect()
    }

    pub(super) fn mote(&mut self, mac: Mac) -> rusqlite::Result<Option<KeptMote>> {
        let connection = self.0.connection()?;
        let mut one =
            connection.prepare_cached("SELECT gateway, state, since FROM motes WHERE mac = ?1")?;
        one.query_row([key(mac)], |row| {
            Ok(KeptMote {
                mac,
                gateway: row.get(0)?,
                state: match row.get(1)? {
                    0_i64 => MoteState::Ok,
                    1 => MoteState::Late,
                    _ => MoteState::Silent,
                },
                since: Timestamp::from_micros(row.get(2)?),
            })
        })
        .optional()
    }

    pub(super) fn save(&mut self, changes: &Changes) -> rusqlite::Result<()> {
        let transaction = self.0.connection()?.transaction()?;
        {
            let mut forget = transaction.prepare_cached("DELETE FROM motes WHERE mac = ?1")?;
            for &mac in &changes.forgotten {
                forget.execute([key(mac)])?;
            }
            let mut keep = transaction
                .prepare_cached("INSERT OR REPLACE INTO motes VALUES (?1, ?2, ?3, ?4)")?;
            for mote in &changes.motes {
                let since = mote.since.as_micros();
                keep.execute(params![key(mote.mac), mote.gateway, mote.state as i64, since])?;
            }
        }
        if let Some(gateways) = &changes.gateways {
            transaction.execute("DELETE FROM gateways", ())?;
            for KeptGateway { name, contact, promise, state, since } in gateways {
                transaction.execute(
                    "INSERT INTO gateways VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![name, contact.as_micros(), promise, *state as i64, since.as_micros()],
                )?;
            }
        }
        transaction.commit()
    }
}

fn key(mac: Mac) -> i64 {
    i64::from_be_bytes(mac.octets())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let since = Timestamp::from_micros(77);
        let mote = |number| KeptMote {
            mac: Mac::from([number; 8]),
            gateway: Some("attic".to_owned()),
            state: MoteState::Late,
            since,
        };
        let gateway = KeptGateway {
            name: "attic".to_owned(),
            contact: since,
            promise: Some(10),
            state: GatewayState::Silent,
            since,
        };
        let mut kept = Kept::open(folder.path()).unwrap();
        let gateways = Some(vec![gateway.clone()]);
        let motes = vec![mote(1), mote(0x80)];
        kept.save(&Changes { motes, gateways, ..Changes::default() }).unwrap();
        kept.save(&Changes { forgotten: vec![Mac::from([1; 8])], ..Changes::default() }).unwrap();
        drop(kept);
        let mut kept = Kept::open(folder.path()).unwrap();
        assert_eq!(kept.gateways().unwrap(), [gateway]);
        assert_eq!(kept.mote(Mac::from([1; 8])).unwrap(), None);
        assert_eq!(kept.mote(Mac::from([0x80; 8])).unwrap(), Some(mote(0x80)));
    }
}
