use core::time::Duration;
use std::collections::VecDeque;
use std::time::Instant;

use manager_core::session::Token;
use readings::{Record, Source};

use super::Gateway;
use crate::repetition::Repetition;
use crate::{SpoolError, Undated, Unnamed};

/// Notifications whose records are not safe yet.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    /// What one read of the port has brought. A manager sends the next reliable notification only
    /// when the last is acknowledged, so this is mostly one.
    arrived: Vec<Delivery>,
    /// What neither server nor spool takes.
    stuck: VecDeque<Delivery>,
    /// When that is tried again.
    retry: Option<Instant>,
    spool_fails: bool,
    /// Records that had to make room in the spool.
    dropped: Repetition,
    /// Notifications given up, as neither server nor spool has taken them.
    given_up: Repetition,
}

#[derive(Debug)]
struct Delivery {
    token: Option<Token>,
    records: Vec<Record>,
    heard: Instant,
    /// When the manager would have sent it if it had not had to wait.
    due: Instant,
}

/// How long acknowledgements have taken.
#[derive(Debug, Default)]
pub(super) struct Acknowledgements {
    pub(super) total: Duration,
    pub(super) count: u64,
}

/// Most deliveries that are stuck: a manager sends more only after it has given up the session.
const MAX_STUCK: usize = 64;

/// Between two tries of what is stuck.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

impl Deliveries {
    /// Whether everything that was heard is safe.
    pub(super) fn are_safe(&self) -> bool {
        self.arrived.is_empty() && self.stuck.is_empty()
    }

    /// When [`retry_deliveries`](Gateway::retry_deliveries) is due.
    pub(super) const fn next_due(&self) -> Option<Instant> {
        self.retry
    }

    /// The one that is stuck with the same records: the manager has sent them again.
    fn like(&mut self, records: &[Record]) -> Option<&mut Delivery> {
        self.stuck.iter_mut().find(|delivery| delivery.records == records)
    }
}

impl Gateway {
    /// Takes a notification's records, which are safe after the next
    /// [`settle`](Self::settle_deliveries).
    pub(super) fn deliver(&mut self, records: Vec<Record>, token: Option<Token>, due: Instant) {
        let heard = Instant::now();
        if records.is_empty() {
            self.acknowledge(token, heard);
        } else if let Some(stuck) = self.deliveries.like(&records) {
            stuck.token = token;
        } else {
            self.deliveries.arrived.push(Delivery { token, records, heard, due });
        }
    }

    /// Makes records safe whose time is not known yet, and acknowledges their notification.
    pub(super) fn deliver_undated(&mut self, records: &[Undated], token: Option<Token>) {
        let heard = Instant::now();
        let appended = self.spool().append_undated(records);
        if self.is_spooled(appended, records.len()) {
            self.acknowledge(token, heard);
        }
    }

    /// Makes links safe whose neighbours have no names yet. Returns whether they are.
    pub(super) fn keep_unnamed(&mut self, links: &[Unnamed], manager_micros: i64) -> bool {
        let appended = self.spool().append_unnamed(links, manager_micros);
        self.is_spooled(appended, links.len())
    }

    /// What is not, and not acknowledged, the manager sends again.
    fn is_spooled(&mut self, appended: Result<u64, SpoolError>, count: usize) -> bool {
        match appended {
            Ok(dropped) => {
                self.deliveries.spool_fails = false;
                self.report.to_spool += count as u64;
                self.report_dropped(dropped);
                true
            }
            Err(error) => {
                self.report_failing_spool(&error);
                false
            }
        }
    }

    /// Makes all records safe that have arrived, in one request or one commit, and then
    /// acknowledges their notifications.
    pub(super) fn settle_deliveries(&mut self) {
        let mut arrived = core::mem::take(&mut self.deliveries.arrived);
        let Some(due) = arrived.iter().map(|delivery| delivery.due).min() else { return };
        let records = all_records(&arrived);
        // What is measured would wait behind it: it goes by the spool, many in one request.
        if self.uplink.is_held_up(due) && !records.iter().any(is_measured) {
            match self.spool_deliveries(arrived, &records) {
                Ok(()) => return,
                Err(back) => arrived = back,
            }
        }
        if let Some(stored) = self.uplink.post(&records, due) {
            self.report.direct += stored;
            self.acknowledge_all(arrived);
        } else if let Err(arrived) = self.spool_deliveries(arrived, &records) {
            // Without a spool, late is better than not at all.
            if let Some(stored) = self.uplink.post_late(&records) {
                self.report.direct += stored;
                return self.acknowledge_all(arrived);
            }
            self.deliveries.stuck.extend(arrived);
            while self.deliveries.stuck.len() > MAX_STUCK {
                self.deliveries.stuck.pop_front();
                if let Some(count) = self.deliveries.given_up.happen(1, Instant::now()) {
                    say_given_up(count);
                }
            }
            self.deliveries.retry.get_or_insert(Instant::now() + RETRY_INTERVAL);
        }
    }

    /// Tries again what neither server nor spool has taken.
    pub(super) fn retry_deliveries(&mut self, now: Instant) {
        if self.deliveries.retry.is_none_or(|at| now < at) {
            return;
        }
        let stuck = Vec::from(core::mem::take(&mut self.deliveries.stuck));
        let records = all_records(&stuck);
        self.deliveries.retry = None;
        // Perhaps the server is back, though the disk is still full.
        if let Some(stored) = self.uplink.post_as_last_resort(&records) {
            self.report.direct += stored;
            self.acknowledge_all(stuck);
        } else if let Err(stuck) = self.spool_deliveries(stuck, &records) {
            self.deliveries.stuck = stuck.into();
            self.deliveries.retry = Some(Instant::now() + RETRY_INTERVAL);
        }
    }

    /// Commits records to the spool and acknowledges their notifications; gives them back if that
    /// is not possible.
    fn spool_deliveries(
        &mut self,
        deliveries: Vec<Delivery>,
        records: &[Record],
    ) -> Result<(), Vec<Delivery>> {
        let appended = self.spool().append(records);
        match appended {
            Ok(dropped) => {
                if core::mem::replace(&mut self.deliveries.spool_fails, false) {
                    self.motes.excuse(Instant::now());
                }
                self.report.to_spool += records.len() as u64;
                self.report_dropped(dropped);
                self.acknowledge_all(deliveries);
                self.uplink.drain();
                Ok(())
            }
            Err(error) => {
                self.report_failing_spool(&error);
                Err(deliveries)
            }
        }
    }

    /// A state is logged once, when it begins.
    fn report_failing_spool(&mut self, error: &SpoolError) {
        if !core::mem::replace(&mut self.deliveries.spool_fails, true) {
            tracing::error!(%error, "the spool fails; nothing is acknowledged until it works");
        }
    }

    fn report_dropped(&mut self, dropped: u64) {
        self.report.dropped += dropped;
        if let Some(dropped) = self.deliveries.dropped.happen(dropped, Instant::now()) {
            say_dropped(dropped);
        }
    }

    /// Says how much was lost after it was last said.
    pub(super) fn report_losses(&mut self, now: Instant) {
        if let Some(dropped) = self.deliveries.dropped.take_overdue(now) {
            say_dropped(dropped);
        }
        if let Some(count) = self.deliveries.given_up.take_overdue(now) {
            say_given_up(count);
        }
    }

    fn acknowledge_all(&mut self, deliveries: Vec<Delivery>) {
        for Delivery { token, heard, .. } in deliveries {
            self.acknowledge(token, heard);
        }
    }

    fn acknowledge(&mut self, token: Option<Token>, heard: Instant) {
        // If its session is over, the manager sends it again, and it is safe already.
        if token.is_some_and(|token| self.line.session.acknowledge(token).is_ok()) {
            self.waits.acknowledge(Instant::now());
            self.arrivals.acknowledge();
            self.acknowledgements.total += heard.elapsed();
            self.acknowledgements.count += 1;
        }
    }
}

fn say_dropped(dropped: u64) {
    tracing::error!(dropped, "the spool is full; its oldest records are lost");
}

fn say_given_up(count: u64) {
    tracing::error!(count, "neither server nor spool works; notifications are given up");
}

/// Whether it is what motes' sensors say; nobody waits for the rest.
fn is_measured(record: &Record) -> bool {
    matches!(record, Record::Reading(reading) if reading.quantity.source() == Source::Sensor)
}

fn all_records(deliveries: &[Delivery]) -> Vec<Record> {
    deliveries.iter().flat_map(|delivery| delivery.records.iter().cloned()).collect()
}
