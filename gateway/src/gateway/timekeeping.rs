use core::time::Duration;
use std::time::Instant;

use jiff::SignedDuration;
use manager_core::{NotificationMask, Request, Subscribe, TimeInfo};

use super::Gateway;
use super::clocks::{Change, Look};
use super::complaints::Complaint;
use crate::Observation;
use crate::host_clock::Doubt;

/// Between two looks at the manager's clock.
const TIME_INTERVAL: Duration = Duration::from_secs(600);

/// What the manager is to send in any case.
const SUBSCRIBED: NotificationMask = NotificationMask(
    NotificationMask::DATA.0 | NotificationMask::EVENT.0 | NotificationMask::HEALTH_REPORT.0,
);

/// Before asking again what the manager has refused, or could not be asked.
pub(super) const REFUSED_INTERVAL: Duration = Duration::from_secs(5);

impl Gateway {
    /// Asks for the manager's clocks. Readings are subscribed to only when that is answered.
    pub(super) fn ask_time(&mut self) {
        self.clocks.ask();
        if self.line.session.request(self.line.now(), &Request::GetTime).is_err() {
            // Another request is under way, or the session has just been lost.
            self.clocks.plan(Some(Instant::now() + REFUSED_INTERVAL));
        }
    }

    pub(super) fn handle_time(&mut self, time: &TimeInfo) {
        match self.clocks.host.doubt() {
            None => self.map_clock(time),
            Some(doubt) => {
                self.distrust(doubt);
                let rebooted = self.clocks.look(time);
                self.await_clock(rebooted);
            }
        }
        self.clocks.plan(Some(Instant::now() + TIME_INTERVAL));
        if !self.subscribed {
            let subscribe = Subscribe::reliably(SUBSCRIBED | self.config.extras.mask());
            // The time's response has just come, so no other request is under way.
            let _ = self.line.session.request(self.line.now(), &Request::Subscribe(subscribe));
        }
    }

    /// Sees whether this machine's clock was set, or is to be believed no longer or again.
    pub(super) fn check_clock(&mut self) {
        match self.clocks.check() {
            None => {}
            Some(Change::Set(by)) => {
                let by = SignedDuration::from_micros(by);
                self.complaints.complain(Complaint::ClockSet, format_args!("by {by:#}"));
                self.save_clock_map();
                self.clocks.hasten();
            }
            Some(Change::Doubted(doubt)) => {
                self.distrust(doubt);
                self.await_clock(None);
            }
            // Believed only when the manager's clock has been looked at.
            Some(Change::Believed) => self.clocks.hasten(),
        }
    }

    fn map_clock(&mut self, time: &TimeInfo) {
        let Look { piece, observation } = self.clocks.observe(time);
        // Of sessions that break at once only what is new is said.
        if !(self.is_quiet && observation == Observation::Kept) {
            tracing::info!(
                uptime = time.uptime,
                offset_secs = piece.offset / 1_000_000,
                uncertainty_us = self.clocks.uncertainty,
                %observation,
                "the manager's clock is mapped to this machine's"
            );
        }
        if observation != Observation::Kept {
            self.save_clock_map();
        }
        if let Observation::Restarted { back } = observation {
            self.carry_undated(back);
            self.hear_reboot();
        }
        let map = &mut self.clocks.map;
        let mut spool = self.spool.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let dated = spool.date(piece, |manager_micros| map.date(manager_micros));
        drop(spool);
        match dated {
            Ok((0, 0)) => {}
            Ok((dated, lost)) => {
                tracing::info!(dated, lost, "readings from before the clock was right");
                self.uplink.drain();
            }
            Err(error) => tracing::error!(%error, "the spool fails; readings wait for their times"),
        }
    }

    fn save_clock_map(&self) {
        let saved = self.spool().save_clock_map(&self.clocks.map);
        if let Err(error) = saved {
            tracing::error!(%error, "the clock map cannot be saved");
        }
    }

    /// From now on readings keep the manager's time. The state is logged once, when it begins.
    fn distrust(&mut self, doubt: Doubt) {
        if self.clocks.doubt.replace(doubt) == Some(doubt) {
            return;
        }
        let now = self.clocks.host.now();
        match doubt {
            Doubt::Implausible => tracing::warn!(
                %now,
                "this machine's clock is wrong; readings wait in the spool until it is set"
            ),
            Doubt::NotYetSet => tracing::warn!(
                %now,
                "the network has not told this machine the time yet; readings wait in the spool \
                 until it does, but not for longer than ten minutes after boot"
            ),
        }
    }

    /// Notes where the manager's clock is, for the readings that wait.
    fn await_clock(&mut self, rebooted: Option<i64>) {
        self.carry_undated(rebooted);
        if rebooted.is_some() {
            self.hear_reboot();
        }
        let Some(look) = self.clocks.last_look() else { return };
        let awaited = self.spool().await_date(look);
        match awaited {
            Ok(0) => {}
            Ok(lost) => tracing::error!(lost, "the times of readings can no longer be known"),
            Err(error) => tracing::error!(%error, "the spool fails"),
        }
    }

    /// The manager has rebooted, and its clock went back by so much: the readings that wait go
    /// back with it.
    fn carry_undated(&self, rebooted: Option<i64>) {
        if let Some((back, look)) = rebooted.zip(self.clocks.last_look()) {
            let carried = self.spool().carry_undated(look, back);
            if let Err(error) = carried {
                tracing::error!(%error, "the times of readings can no longer be known");
            }
        }
    }
}
