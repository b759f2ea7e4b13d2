use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Arc;

use super::log::Log;
use super::motes::Motes;
use super::recent::Recent;
use crate::store::{Influx, Keeping, Store, StoreError};
use crate::tally::Tally;

/// Between two looks at how far the writers are.
const INTERVAL: Duration = Duration::from_secs(5);

/// Motes asked for at a time.
const PAGE: usize = 1000;

/// Learns what the history had when this server began, and forgets what it has by now: what is no longer in
/// the log.
pub(super) struct Upkeep {
    pub(super) log: Log,
    pub(super) history: Arc<Influx>,
    pub(super) recent: Arc<Recent>,
    pub(super) motes: Arc<Motes>,
    pub(super) keeping: Keeping,
    /// Messages before this one are gone from the log, or not understood here.
    pub(super) first: Arc<AtomicU64>,
}

impl Upkeep {
    pub(super) async fn run(self) {
        let failed = Tally::default();
        loop {
            if !self.motes.is_whole() && self.learn().await.is_ok() {
                self.motes.set_whole();
            }
            let Keeping { clock, retention, .. } = &self.keeping;
            let oldest = crate::moment::before(clock.look(*retention).earlier(), *retention);
            self.motes.forget_before(oldest);
            if let Err(reason) = self.clear().await
                && let Some(times) = failed.count()
            {
                tracing::warn!(reason, times, "the log is not cleared");
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Every mote that the history has.
    async fn learn(&self) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let macs = self.history.motes(after, PAGE).await?;
            let is_last = macs.len() < PAGE;
            after = macs.last().copied();
            let latest = self.history.latest(macs).await?;
            let latest: Vec<_> = latest.iter().map(|mote| mote.last).collect();
            self.motes.learn(&latest, &[]);
            if is_last {
                break;
            }
        }
        self.motes.learn(&[], &self.history.known(None, usize::MAX).await?);
        Ok(())
    }

    async fn clear(&self) -> Result<(), String> {
        let first = self.log.stream().await?.cached_info().state.first_sequence;
        let first = first.max(self.first.load(Ordering::Relaxed));
        self.recent.forget(first.saturating_sub(1));
        Ok(())
    }
}
