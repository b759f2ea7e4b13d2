use core::time::Duration;
use std::collections::VecDeque;
use std::time::Instant;

use manager_core::session::Token;
use readings::Reading;

use super::Gateway;
use crate::MoteReading;
use crate::upload::{Job, Outcome};

/// Notifications whose readings are not safe yet. A manager sends the next reliable one only
/// when the last is acknowledged, so these are few.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    /// In order of their deadlines.
    waiting: VecDeque<Delivery>,
    last_number: u64,
    spool_fails: bool,
}

#[derive(Debug)]
struct Delivery {
    number: u64,
    token: Option<Token>,
    readings: Vec<Reading>,
    heard: Instant,
    /// When it goes to the spool if the server has not taken it.
    deadline: Instant,
}

/// How long acknowledgements have taken.
#[derive(Debug, Default)]
pub(super) struct Acknowledgements {
    pub(super) total: Duration,
    pub(super) count: u64,
}

/// Most deliveries that wait: what best-effort notifications bring while both server and disk
/// fail.
const MAX_WAITING: usize = 4096;

/// Between two tries to write to a spool that fails.
const SPOOL_INTERVAL: Duration = Duration::from_secs(1);

impl Deliveries {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.waiting.front().map(|delivery| delivery.deadline)
    }

    /// The one that waits with the same readings: the manager has sent them again.
    fn like(&mut self, readings: &[Reading]) -> Option<&mut Delivery> {
        self.waiting.iter_mut().find(|delivery| delivery.readings == readings)
    }

    fn take(&mut self, number: u64) -> Option<Delivery> {
        let index = self.waiting.iter().position(|delivery| delivery.number == number)?;
        self.waiting.remove(index)
    }

    fn take_overdue(&mut self, now: Instant) -> Option<Delivery> {
        self.next_deadline().filter(|&deadline| deadline <= now)?;
        self.waiting.pop_front()
    }
}

impl Gateway {
    /// Makes readings safe, and then acknowledges their notification.
    pub(super) fn deliver(&mut self, readings: Vec<Reading>, token: Option<Token>) {
        self.report.readings += readings.len() as u64;
        let heard = Instant::now();
        if readings.is_empty() {
            return self.acknowledge(token, heard);
        }
        if let Some(waiting) = self.deliveries.like(&readings) {
            waiting.token = token;
            return;
        }
        self.deliveries.last_number += 1;
        let number = self.deliveries.last_number;
        let deadline = heard + self.config.direct_window;
        let delivery = Delivery { number, token, readings, heard, deadline };
        if self.uplink.is_available() && self.deliveries.waiting.len() < MAX_WAITING {
            self.uplink.post(Job { id: number, readings: delivery.readings.clone() });
            self.deliveries.waiting.push_back(delivery);
        } else {
            self.spool_delivery(delivery);
        }
    }

    /// Makes readings safe whose time is not known yet, and acknowledges their notification.
    pub(super) fn deliver_undated(&mut self, readings: &[MoteReading], token: Option<Token>) {
        self.report.readings += readings.len() as u64;
        let heard = Instant::now();
        let appended = self.spool().append_undated(readings);
        match appended {
            Ok(dropped) => {
                self.report.to_spool += readings.len() as u64;
                self.report_dropped(dropped);
                self.acknowledge(token, heard);
            }
            // What is not acknowledged, the manager sends again.
            Err(error) => tracing::error!(%error, "the spool fails; nothing is acknowledged"),
        }
    }

    pub(super) fn handle_outcome(&mut self, number: u64, outcome: Outcome) {
        // One that took too long has gone to the spool meanwhile.
        let Some(delivery) = self.deliveries.take(number) else { return };
        match outcome {
            Outcome::Safe => {
                self.report.direct += delivery.readings.len() as u64;
                self.acknowledge(delivery.token, delivery.heard);
            }
            Outcome::NotSafe => self.spool_delivery(delivery),
        }
    }

    pub(super) fn spool_overdue(&mut self, now: Instant) {
        while let Some(delivery) = self.deliveries.take_overdue(now) {
            let Delivery { number, readings, .. } = &delivery;
            let job = Job { id: *number, readings: readings.clone() };
            self.spool_delivery(delivery);
            if self.deliveries.spool_fails {
                // Perhaps the server is back, though the disk is still full.
                self.uplink.post(job);
            }
        }
    }

    fn spool_delivery(&mut self, mut delivery: Delivery) {
        let appended = self.spool().append(&delivery.readings);
        match appended {
            Ok(dropped) => {
                self.deliveries.spool_fails = false;
                self.report.to_spool += delivery.readings.len() as u64;
                self.report_dropped(dropped);
                self.acknowledge(delivery.token, delivery.heard);
                self.uplink.drain();
            }
            Err(error) => {
                if !self.deliveries.spool_fails {
                    self.deliveries.spool_fails = true;
                    tracing::error!(%error, "the spool fails; nothing is acknowledged until it works");
                }
                // The manager keeps what is not acknowledged, so it may be tried again later.
                delivery.deadline = Instant::now() + SPOOL_INTERVAL;
                self.deliveries.waiting.push_back(delivery);
                if self.deliveries.waiting.len() > MAX_WAITING {
                    self.deliveries.waiting.pop_front();
                    tracing::error!("neither server nor spool works; a notification is lost");
                }
            }
        }
    }

    fn report_dropped(&mut self, dropped: u64) {
        if dropped > 0 {
            self.report.dropped += dropped;
            tracing::error!(dropped, "the spool is full; its oldest readings are lost");
        }
    }

    fn acknowledge(&mut self, token: Option<Token>, heard: Instant) {
        // If its session is over, the manager sends it again, and it is safe already.
        if token.is_some_and(|token| self.session.acknowledge(token).is_ok()) {
            self.acknowledgements.total += heard.elapsed();
            self.acknowledgements.count += 1;
        }
    }
}
