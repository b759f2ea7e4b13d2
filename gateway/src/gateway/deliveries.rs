use core::time::Duration;
use std::collections::VecDeque;
use std::time::Instant;

use manager_core::session::Token;
use readings::Reading;

use super::Gateway;
use crate::repetition::Repetition;
use crate::{MoteReading, SpoolError};

/// Notifications whose readings are not safe yet.
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
    /// Readings that had to make room in the spool.
    dropped: Repetition,
    /// Notifications given up, as neither server nor spool has taken them.
    given_up: Repetition,
}

#[derive(Debug)]
struct Delivery {
    token: Option<Token>,
    readings: Vec<Reading>,
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

    /// The one that is stuck with the same readings: the manager has sent them again.
    fn like(&mut self, readings: &[Reading]) -> Option<&mut Delivery> {
        self.stuck.iter_mut().find(|delivery| delivery.readings == readings)
    }
}

impl Gateway {
    /// Takes a notification's readings, which are safe after the next
    /// [`settle`](Self::settle_deliveries).
    pub(super) fn deliver(&mut self, readings: Vec<Reading>, token: Option<Token>, due: Instant) {
        self.report.readings += readings.len() as u64;
        let heard = Instant::now();
        if readings.is_empty() {
            self.acknowledge(token, heard);
        } else if let Some(stuck) = self.deliveries.like(&readings) {
            stuck.token = token;
        } else {
            self.deliveries.arrived.push(Delivery { token, readings, heard, due });
        }
    }

    /// Makes readings safe whose time is not known yet, and acknowledges their notification.
    pub(super) fn deliver_undated(&mut self, readings: &[MoteReading], token: Option<Token>) {
        self.report.readings += readings.len() as u64;
        let heard = Instant::now();
        let appended = self.spool().append_undated(readings);
        match appended {
            Ok(dropped) => {
                self.deliveries.spool_fails = false;
                self.report.to_spool += readings.len() as u64;
                self.report_dropped(dropped);
                self.acknowledge(token, heard);
            }
            // What is not acknowledged, the manager sends again.
            Err(error) => self.report_failing_spool(&error),
        }
    }

    /// Makes all readings safe that have arrived, in one request or one commit, and then
    /// acknowledges their notifications.
    pub(super) fn settle_deliveries(&mut self) {
        let arrived = core::mem::take(&mut self.deliveries.arrived);
        let Some(due) = arrived.iter().map(|delivery| delivery.due).min() else { return };
        let readings = all_readings(&arrived);
        if let Some(stored) = self.uplink.post(&readings, due) {
            self.report.direct += stored;
            self.acknowledge_all(arrived);
        } else if let Err(arrived) = self.spool_deliveries(arrived, &readings) {
            // Without a spool, late is better than not at all.
            if let Some(stored) = self.uplink.post_late(&readings) {
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
        let readings = all_readings(&stuck);
        self.deliveries.retry = None;
        // Perhaps the server is back, though the disk is still full.
        if let Some(stored) = self.uplink.post_as_last_resort(&readings) {
            self.report.direct += stored;
            self.acknowledge_all(stuck);
        } else if let Err(stuck) = self.spool_deliveries(stuck, &readings) {
            self.deliveries.stuck = stuck.into();
            self.deliveries.retry = Some(Instant::now() + RETRY_INTERVAL);
        }
    }

    /// Commits readings to the spool and acknowledges their notifications; gives them back if that
    /// is not possible.
    fn spool_deliveries(
        &mut self,
        deliveries: Vec<Delivery>,
        readings: &[Reading],
    ) -> Result<(), Vec<Delivery>> {
        let appended = self.spool().append(readings);
        match appended {
            Ok(dropped) => {
                if core::mem::replace(&mut self.deliveries.spool_fails, false) {
                    self.motes.excuse(Instant::now());
                }
                self.report.to_spool += readings.len() as u64;
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
            self.acknowledgements.total += heard.elapsed();
            self.acknowledgements.count += 1;
        }
    }
}

fn say_dropped(dropped: u64) {
    tracing::error!(dropped, "the spool is full; its oldest readings are lost");
}

fn say_given_up(count: u64) {
    tracing::error!(count, "neither server nor spool works; notifications are given up");
}

fn all_readings(deliveries: &[Delivery]) -> Vec<Reading> {
    deliveries.iter().flat_map(|delivery| delivery.readings.iter().copied()).collect()
}
