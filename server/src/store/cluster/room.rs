use std::sync::Arc;

use crate::store::backlog::Backlog;

/// Room in the backlog, for as long as something waits for the log.
pub(super) struct Room {
    backlog: Arc<Backlog>,
    readings: usize,
}

impl Room {
    /// None if too many wait already.
    pub(super) fn take(backlog: &Arc<Backlog>, readings: usize) -> Option<Self> {
        backlog.admit(readings).then(|| Self { backlog: Arc::clone(backlog), readings })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.backlog.release(self.readings);
    }
}
