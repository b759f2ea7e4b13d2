//! What is too old of the sites that are not the default one, and all that removed ones had.

use std::sync::Arc;
use std::time::Instant;

use readings::Timestamp;
use rusqlite::{Connection, Result, TransactionBehavior, params};

use super::super::expiry::{Cutoffs, PURGE_STEP, Purged, ROUND_INTERVAL, Round};
use super::Sites;
use super::site::Site;

/// How many looks at a site there are in one transaction, so that no write waits long for it.
const LOOKS: usize = 20;

/// What has no time: it goes with the site.
const TIMELESS: [&str; 3] = ["heard", "labels", "removed"];

/// Goes from site to site, and deletes what is too old of each, step by step.
#[derive(Default)]
pub(in super::super) struct Turn {
    /// The last that is done with, while a turn goes on.
    after: u32,
    /// How far it has come with the next one.
    round: Round,
    ended: Option<Instant>,
}

impl Turn {
    /// Deletes some of it.
    pub(in super::super) fn purge(
        &mut self,
        connection: &mut Connection,
        sites: &Sites,
        cutoffs: Cutoffs,
    ) -> Result<Purged> {
        let is_over = self.ended.is_some_and(|ended| ended.elapsed() < ROUND_INTERVAL);
        if !sites.has_tables() || (is_over && !sites.has_leaving()) {
            return Ok(Purged::Nothing);
        }
        self.ended = None;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (mut all, mut done) = (0, Vec::new());
        for _ in 0..LOOKS {
            if all >= PURGE_STEP {
                break;
            }
            let Some(site) = sites.next(self.after) else {
                *self = Self { ended: Some(Instant::now()), ..Self::default() };
                break;
            };
            let (deleted, goes_on) = self.look(&transaction, &site, cutoffs)?;
            all += deleted;
            done.push((site, deleted, goes_on));
        }
        transaction.commit()?;
        for (site, deleted, goes_on) in done {
            site.subtract(deleted);
            if !goes_on && site.is_leaving() {
                site.clear();
            }
        }
        sites.count_motes();
        Ok(if self.ended.is_some() { Purged::Nothing } else { Purged::Some })
    }

    /// Returns how many records were deleted, and whether there may be more of the same site.
    fn look(
        &mut self,
        connection: &Connection,
        site: &Arc<Site>,
        cutoffs: Cutoffs,
    ) -> Result<(usize, bool)> {
        let is_leaving = site.is_leaving();
        let cutoffs = if is_leaving { Cutoffs::ALL } else { cutoffs };
        let unheard = site.latest.forget_before(cutoffs.readings, cutoffs.network);
        let deleted = self.round.delete(connection, site.scope, cutoffs, &unheard)?;
        let goes_on = !deleted.is_all();
        if !goes_on {
            if is_leaving {
                for table in TIMELESS {
                    let delete = format!("DELETE FROM site_{table} WHERE site = ?1");
                    connection.prepare_cached(&delete)?.execute(params![site.scope.site()])?;
                }
            }
            self.after = site.scope.site();
            self.round = Round::default();
        }
        Ok((deleted.records, goes_on))
    }
}

impl Cutoffs {
    /// Everything goes, whatever its time.
    const ALL: Self = {
        let end = Some(Timestamp::from_micros(i64::MAX));
        Self { readings: end, network: end }
    };
}
