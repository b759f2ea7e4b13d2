//! Whose rows of an SQLite file are meant.

use rusqlite::{CachedStatement, Connection, Result, Statement, ToSql, params_from_iter};

/// One site's rows. The default site has its tables to itself. All others share tables of the same
/// kinds: their names begin with `site_`, and their keys with the number of the site, so that what
/// a site has is in one piece, whatever the others have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scope(u32);

/// A table of which every site has rows: of the default site it has its name, of all others together that
/// of [`Scope`]'s.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// With their types.
    pub(super) columns: &'static str,
    /// What tells one row from another.
    pub(super) key: &'static str,
}

impl Table {
    /// What makes it for the default site.
    pub(super) fn schema(&self) -> String {
        let Self { name, columns, key } = self;
        format!("CREATE TABLE {name} ({columns}, PRIMARY KEY ({key})) STRICT, WITHOUT ROWID;")
    }

    /// What makes it for all others, unless it is there.
    pub(super) fn schema_of_sites(&self) -> String {
        let Self { name, columns, key } = self;
        format!(
            "CREATE TABLE IF NOT EXISTS site_{name} (site INTEGER NOT NULL, {columns}, \
             PRIMARY KEY (site, {key})) STRICT, WITHOUT ROWID;"
        )
    }
}

impl Scope {
    /// The default site's.
    pub(super) const DEFAULT: Self = Self(0);

    /// Those of the site with this number; the default site's is 0.
    pub(super) const fn of(site: u32) -> Self {
        Self(site)
    }

    /// The site's number.
    pub(super) const fn site(self) -> u32 {
        self.0
    }

    pub(super) const fn is_default(self) -> bool {
        self.0 == 0
    }

    /// What follows upon `FROM`, up to the first condition. The number is ours, so it needs no
    /// placeholder.
    pub(super) fn rows(self, table: &str) -> String {
        if self.is_default() {
            format!("{table} WHERE")
        } else {
            format!("site_{table} WHERE site = {} AND", self.0)
        }
    }

    /// Inserts a row of these columns, [executed](Self::execute) with their values, unless its key
    /// is there.
    pub(super) fn inserting<'a>(
        self,
        connection: &'a Connection,
        table: &str,
        columns: &str,
    ) -> Result<CachedStatement<'a>> {
        let insert = self.row("INSERT", table, columns);
        connection.prepare_cached(&format!("{insert} ON CONFLICT DO NOTHING"))
    }

    /// The same, in place of the row with its key.
    pub(super) fn replacing<'a>(
        self,
        connection: &'a Connection,
        table: &str,
        columns: &str,
    ) -> Result<CachedStatement<'a>> {
        connection.prepare_cached(&self.row("REPLACE", table, columns))
    }

    /// Statements that differ in the site alone are one, so the site is a placeholder here.
    fn row(self, verb: &str, table: &str, columns: &str) -> String {
        let placeholders = vec!["?"; columns.split(',').count()].join(", ");
        if self.is_default() {
            format!("{verb} INTO {table} ({columns}) VALUES ({placeholders})")
        } else {
            format!("{verb} INTO site_{table} ({columns}, site) VALUES ({placeholders}, ?)")
        }
    }

    /// Inserts a row with such a statement; returns how many rows that has changed.
    pub(super) fn execute(
        self,
        statement: &mut Statement<'_>,
        row: &[&dyn ToSql],
    ) -> Result<usize> {
        if self.is_default() {
            return statement.execute(row);
        }
        let site: &dyn ToSql = &self.0;
        statement.execute(params_from_iter(row.iter().copied().chain([site])))
    }
}
