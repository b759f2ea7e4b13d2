//! How the file is written: all of something or nothing, in the file that is there.

use rusqlite::{Connection, Row, Transaction, TransactionBehavior};

use super::file::{File, is_damage};
use super::{Spool, SpoolError};

impl Spool {
    /// Does all of this or nothing, in the file that is there.
    pub(super) fn transact<T>(
        &mut self,
        mut work: impl FnMut(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, SpoolError> {
        self.replace_if_gone()?;
        let done = match self.try_transact(&mut work)? {
            Err(error) if is_damage(&error) => {
                self.renew(&error)?;
                self.try_transact(&mut work)?
            }
            other => other,
        };
        self.fails = done.is_err();
        done.map_err(|source| self.fault(source))
    }

    fn try_transact<T>(
        &mut self,
        work: &mut impl FnMut(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<rusqlite::Result<T>, SpoolError> {
        let connection = &mut self.file()?.connection;
        // From the first statement on nobody else writes, so that none of them has to give way.
        let begin = TransactionBehavior::Immediate;
        let mut transact = || {
            let transaction = connection.transaction_with_behavior(begin)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        Ok(transact())
    }

    pub(super) fn file(&mut self) -> Result<&mut File, SpoolError> {
        let Self { file, path, reason, .. } = self;
        let missing = || SpoolError::Unwritable { path: path.clone(), reason: reason.clone() };
        file.as_mut().ok_or_else(missing)
    }

    pub(super) fn connection(&self) -> Result<&Connection, SpoolError> {
        let Self { file, path, reason, .. } = self;
        let missing = || SpoolError::Unwritable { path: path.clone(), reason: reason.clone() };
        file.as_ref().map(|file| &file.connection).ok_or_else(missing)
    }

    pub(super) fn query<T>(
        &self,
        query: &str,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, SpoolError> {
        let row = self.connection()?.query_row(query, [], read);
        row.map_err(|source| self.fault(source))
    }

    pub(super) fn fault(&self, source: rusqlite::Error) -> SpoolError {
        SpoolError::Sqlite { path: self.path.clone(), source }
    }
}
