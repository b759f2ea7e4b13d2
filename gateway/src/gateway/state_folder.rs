use core::time::Duration;
use std::path::PathBuf;
use std::time::Instant;

use host::{FolderLock, LockError};

use super::{Gateway, StartError};
use crate::repetition::Repetition;
use crate::spool::Look;
use crate::{ClockMap, Config, Spool};

/// What the folder is used as, so that no other gateway uses it too.
const NOUN: &str = "gateway";

/// Between two looks at the folder: what happens to it is noticed within a second.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// The folder that the spool lives in. It is this gateway's alone, and may be deleted, or cease to
/// be writable and become so again, while the gateway runs.
#[derive(Debug)]
pub(super) struct StateFolder {
    path: PathBuf,
    /// `None` while the folder cannot be written.
    lock: Option<FolderLock>,
    next_look: Instant,
    /// It was said that it cannot be used, and not yet that it can.
    fails: bool,
    /// Looks at which another gateway had the folder.
    taken: Repetition,
}

impl StateFolder {
    /// Takes the folder and opens the spool in it. One that cannot be written is no reason not to
    /// start: the server may take everything.
    pub(super) fn take(config: &Config) -> Result<(Self, Spool), StartError> {
        let path = config.state_dir.clone();
        let opened = lock(&path).and_then(|lock| {
            let spool = Spool::open(&path, config.spool_limit)?;
            Ok((Some(lock), spool))
        });
        let (lock, spool) = match opened {
            Err(error) if error.is_unwritable() => {
                let reason = error.to_string();
                tracing::warn!(
                    reason,
                    "there is no spool: what the server does not take at once stays with the \
                     manager"
                );
                (None, Spool::unwritable(&path, config.spool_limit, reason))
            }
            other => other?,
        };
        let (next_look, fails) = (Instant::now() + LOOK_INTERVAL, lock.is_none());
        Ok((Self { path, lock, next_look, fails, taken: Repetition::default() }, spool))
    }

    pub(super) const fn next_due(&self) -> Instant {
        self.next_look
    }

    /// Sees to it that the folder is this gateway's. Returns whether it is nobody else's.
    fn keep(&mut self, now: Instant) -> bool {
        let is_there = |lock: &FolderLock| lock.is_there().unwrap_or(true);
        if self.lock.as_ref().is_some_and(is_there) {
            return true;
        }
        match lock(&self.path) {
            Ok(lock) => self.lock = Some(lock),
            Err(StartError::Lock(error @ LockError::InUse { .. })) => {
                if let Some(looks) = self.taken.happen(1, now) {
                    tracing::error!(looks, %error, "another gateway uses the state folder");
                }
                return self.lock.is_some();
            }
            // Whoever opens the spool will see.
            Err(_) => {}
        }
        true
    }
}

fn lock(path: &std::path::Path) -> Result<FolderLock, StartError> {
    host::make_folder(path)
        .map_err(|source| crate::SpoolError::Io { path: path.to_owned(), source })?;
    Ok(FolderLock::take(path, NOUN)?)
}

impl Gateway {
    /// Looks at what has happened to the state folder from outside.
    pub(super) fn look_at_state_folder(&mut self, now: Instant) {
        if now < self.state_folder.next_look {
            return;
        }
        self.state_folder.next_look = now + LOOK_INTERVAL;
        if !self.state_folder.keep(now) {
            return;
        }
        let looked = self.spool().look();
        let looked = looked.and_then(|look| {
            // It may have been lost with the file, or never have been written.
            if look.renewed && self.clocks.map != ClockMap::default() {
                self.spool().save_clock_map(&self.clocks.map)?;
            }
            Ok(look)
        });
        let fails = looked.is_err();
        let failed = core::mem::replace(&mut self.state_folder.fails, fails);
        match looked {
            Ok(Look { renewed, written }) => {
                if failed {
                    tracing::info!("the spool can be used again");
                }
                if renewed || written {
                    self.uplink.drain();
                }
            }
            Err(error) if !failed => {
                tracing::warn!(%error, "the spool cannot be used until this is mended");
            }
            Err(_) => {}
        }
    }
}
