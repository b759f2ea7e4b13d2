use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Arc;

use super::log::Log;
use super::quarters::Quarters;
use crate::store::{Influx, Keeping};
use crate::tally::Tally;

/// Between two looks at how far the writers are.
const INTERVAL: Duration = Duration::from_secs(5);

/// Looks between two at what removed sites have left behind: the log may have had something of them.
const SWEEP: u32 = 6;

/// Forgets what the history has by now, what is no longer in the log, and what removed sites had.
pub(super) struct Upkeep {
    pub(super) log: Log,
    pub(super) history: Arc<Influx>,
    pub(super) quarters: Arc<Quarters>,
    pub(super) keeping: Keeping,
    /// Messages before this one are gone from the log, or not understood here.
    pub(super) first: Arc<AtomicU64>,
}

impl Upkeep {
    pub(super) async fn run(self) {
        let (failed, mut looks) = (Tally::default(), 0);
        loop {
            let Keeping { clock, retention, .. } = &self.keeping;
            let oldest = crate::moment::before(clock.look(*retention).earlier(), *retention);
            self.quarters.all().iter().for_each(|quarter| quarter.motes.forget_before(oldest));
            if let Err(reason) = self.clear().await
                && let Some(times) = failed.count()
            {
                tracing::warn!(reason, times, "the log is not cleared");
            }
            tokio::time::sleep(INTERVAL).await;
            looks = (looks + 1) % SWEEP;
            if looks == 0 {
                self.sweep().await;
            }
        }
    }

    async fn clear(&self) -> Result<(), String> {
        let first = self.log.stream().await?.cached_info().state.first_sequence;
        let first = first.max(self.first.load(Ordering::Relaxed));
        self.quarters.settle(first.saturating_sub(1));
        Ok(())
    }

    /// Deletes what is there of sites that were removed. Several servers may do it at a time.
    async fn sweep(&self) {
        if !self.quarters.is_any_gone() {
            return;
        }
        // What fails has been said in the log, and comes again.
        let Ok(sites) = self.history.sites().await else { return };
        for site in sites.into_iter().filter(|&site| self.quarters.is_gone(site)) {
            if self.history.delete(site).await.is_ok() {
                tracing::info!(site, "what a removed site had in the history is deleted");
            }
        }
    }
}
