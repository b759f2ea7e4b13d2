//! The registry as a small SQLite file.

use std::path::Path;

use readings::Timestamp;
use rusqlite::{
    Connection, ErrorCode, OptionalExtension, Row, Transaction, TransactionBehavior, params,
};
use serde_json::{Map, Value};

use super::{
    Directory, Limits, Name, NewToken, Registry, RegistryError, Scopes, Site, Token, check_name,
    first_number,
};
use crate::notebook::{Kind, Notebook};

/// Marked "si", 1. Times are in µs since 1970, limits as in the API. A site that was removed has no name.
const KIND: Kind = Kind {
    version: 0x7369_0001,
    schema: "
    CREATE TABLE sites (
        number INTEGER PRIMARY KEY, name TEXT UNIQUE,
        public INTEGER NOT NULL, limits TEXT NOT NULL
    ) STRICT;
    CREATE TABLE tokens (
        hash BLOB PRIMARY KEY, site INTEGER NOT NULL, name TEXT NOT NULL, scopes INTEGER NOT NULL,
        created INTEGER NOT NULL, UNIQUE (site, name)
    ) STRICT, WITHOUT ROWID;",
    synchronous: "full",
    is_precious: true,
};

/// Sites and tokens in an SQLite file of the data folder.
///
/// Without it nobody could be told from anybody, so it is never replaced by an empty one: a server
/// that finds it damaged does not start.
pub struct SitesFile {
    notebook: Notebook,
    /// Of the file and what is in it, when it was last read.
    seen: Option<(u64, i64)>,
}

impl SitesFile {
    /// The file's name in a server's data folder.
    pub const FILE_NAME: &str = "sites.db";

    /// Opens the file in this folder, or makes it.
    ///
    /// # Errors
    /// If it cannot be opened for writing, is damaged, or is no such file.
    pub fn open(folder: &Path) -> Result<Self, RegistryError> {
        let path = folder.join(Self::FILE_NAME);
        let fault = |error: rusqlite::Error| {
            RegistryError::Unavailable(format!("{} cannot be used: {error}", path.display()))
        };
        Ok(Self { notebook: Notebook::open(path.clone(), KIND).map_err(fault)?, seen: None })
    }

    fn change<T>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, RegistryError>,
    ) -> Result<T, RegistryError> {
        let connection = self.notebook.connection()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = change(&transaction)?;
        transaction.commit()?;
        // What this connection has changed it is not told of.
        self.seen = None;
        Ok(done)
    }
}

impl Registry for SitesFile {
    fn changes(&mut self) -> Result<Option<Directory>, RegistryError> {
        self.notebook.look()?;
        let generation = self.notebook.generation();
        let connection = self.notebook.connection()?;
        let version = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        let now = Some((generation, version));
        if self.seen == now {
            return Ok(None);
        }
        let transaction = connection.transaction()?;
        let directory = read(&transaction)?;
        drop(transaction);
        self.seen = now;
        Ok(Some(directory))
    }

    fn add_site(
        &mut self,
        name: &Name,
        public: bool,
        limits: &Limits,
    ) -> Result<Site, RegistryError> {
        check_name(name)?;
        self.change(|transaction| {
            let last = "SELECT coalesce(max(number), 0) FROM sites";
            let number = first_number(transaction.query_row(last, (), |row| row.get(0))?)?;
            let json = serde_json::to_string(limits).unwrap_or_default();
            transaction
                .execute(
                    "INSERT INTO sites VALUES (?1, ?2, ?3, ?4)",
                    params![number, name.as_str(), public, json],
                )
                .map_err(|error| exists(error, || RegistryError::SiteExists(name.clone())))?;
            Ok(Site { number, name: name.clone(), public, limits: limits.clone() })
        })
    }

    fn change_site(
        &mut self,
        name: &Name,
        public: Option<bool>,
        limits: &Map<String, Value>,
    ) -> Result<Site, RegistryError> {
        self.change(|transaction| {
            let mut site = find(transaction, name)?;
            site.change(public, limits)?;
            let json = serde_json::to_string(&site.limits).unwrap_or_default();
            transaction.execute(
                "UPDATE sites SET public = ?2, limits = ?3 WHERE number = ?1",
                params![site.number, site.public, json],
            )?;
            Ok(site)
        })
    }

    fn remove_site(&mut self, name: &Name) -> Result<Site, RegistryError> {
        self.change(|transaction| {
            let site = find(transaction, name)?;
            transaction.execute("DELETE FROM tokens WHERE site = ?1", [site.number])?;
            transaction.execute("UPDATE sites SET name = NULL WHERE number = ?1", [site.number])?;
            Ok(site)
        })
    }

    fn add_token(
        &mut self,
        site: u32,
        name: &Name,
        scopes: Scopes,
    ) -> Result<NewToken, RegistryError> {
        let new = NewToken::make(site, name, scopes)?;
        let Token { created, hash, .. } = &new.token;
        self.change(|transaction| {
            transaction
                .execute(
                    "INSERT INTO tokens VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![hash, site, name.as_str(), scopes.bits(), created.as_micros()],
                )
                .map_err(|error| exists(error, || RegistryError::TokenExists(name.clone())))?;
            Ok(())
        })?;
        Ok(new)
    }

    fn revoke_token(&mut self, site: u32, name: &Name) -> Result<(), RegistryError> {
        self.change(|transaction| {
            let revoked = transaction.execute(
                "DELETE FROM tokens WHERE site = ?1 AND name = ?2",
                params![site, name.as_str()],
            )?;
            if revoked == 0 { Err(RegistryError::NoToken(name.clone())) } else { Ok(()) }
        })
    }
}

fn read(connection: &Connection) -> rusqlite::Result<Directory> {
    let mut sites = connection
        .prepare_cached("SELECT number, name, public, limits FROM sites WHERE name IS NOT NULL")?;
    let sites = sites.query_map((), site)?.collect::<Result<_, _>>()?;
    let mut tokens =
        connection.prepare_cached("SELECT hash, site, name, scopes, created FROM tokens")?;
    let tokens = tokens.query_map((), |row| {
        Ok(Token {
            hash: row.get(0)?,
            site: row.get(1)?,
            name: name(row, 2)?,
            scopes: Scopes::of_bits(row.get(3)?),
            created: Timestamp::from_micros(row.get(4)?),
        })
    })?;
    let tokens = tokens.collect::<Result<_, _>>()?;
    let mut gone = connection.prepare_cached("SELECT number FROM sites WHERE name IS NULL")?;
    let gone = gone.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Directory::new(sites, tokens, gone))
}

fn find(connection: &Connection, name: &Name) -> Result<Site, RegistryError> {
    check_name(name)?;
    let mut one = connection
        .prepare_cached("SELECT number, name, public, limits FROM sites WHERE name = ?1")?;
    let found = one.query_row([name.as_str()], site).optional()?;
    found.ok_or_else(|| RegistryError::NoSite(name.clone()))
}

fn site(row: &Row<'_>) -> rusqlite::Result<Site> {
    let limits: String = row.get(3)?;
    let limits = serde_json::from_str(&limits).map_err(|error| unreadable(3, error))?;
    Ok(Site { number: row.get(0)?, name: name(row, 1)?, public: row.get(2)?, limits })
}

fn name(row: &Row<'_>, column: usize) -> rusqlite::Result<Name> {
    row.get::<_, String>(column)?.parse().map_err(|error| unreadable(column, error))
}

fn unreadable(
    column: usize,
    error: impl core::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

fn exists(error: rusqlite::Error, known: impl FnOnce() -> RegistryError) -> RegistryError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => known(),
        _ => error.into(),
    }
}

impl From<rusqlite::Error> for RegistryError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}
