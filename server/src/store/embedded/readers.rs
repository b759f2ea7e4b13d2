use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::database;
use crate::store::query_pool::Gone;

/// Steps of SQLite's machine between two looks whether somebody still waits for the answer: well
/// below a millisecond.
const STEPS: i32 = 2_000;

/// Connections that only read, kept for reuse.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// Counts how often the file was replaced; a connection to an earlier one is not reused.
    generation: u64,
    connections: Vec<Connection>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default() }
    }

    /// Runs a query on a connection of its own; it fails once the one who asked has gone.
    pub(super) fn with<T>(
        &self,
        gone: &Gone,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let (generation, idle) = {
            let mut idle = self.idle();
            (idle.generation, idle.connections.pop())
        };
        let mut connection = match idle {
            Some(connection) => connection,
            None => database::open_reader(&self.path)?,
        };
        let gone = gone.clone();
        connection.progress_handler(STEPS, Some(move || gone.is_so()))?;
        let answer = query(&connection)?;
        connection.progress_handler(0, None::<fn() -> bool>)?;
        let mut idle = self.idle();
        if idle.generation == generation {
            idle.connections.push(connection);
        }
        Ok(answer)
    }

    /// Forgets every connection, because the file is replaced.
    pub(super) fn forget(&self) {
        let mut idle = self.idle();
        idle.generation += 1;
        idle.connections.clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
