use core::time::Duration;
use std::time::Instant;

use manager_core::session::{Event, LostReason, Token};

use super::Gateway;
use super::complaints::Complaint;
use super::said::{Said, said};
use super::timekeeping::REFUSED_INTERVAL;
use crate::{Sampled, Undated};

/// A session that has lasted for so long has not broken at once.
const LASTING: Duration = Duration::from_secs(2);

impl Gateway {
    /// Handles what the session has to say.
    pub(super) fn handle_events(&mut self) {
        let extras = self.config.extras;
        while let Some(event) = self.line.session.poll_event() {
            // Whatever becomes of it, it came unasked.
            if matches!(event, Event::Notification { .. }) {
                self.line.pulse.report(Instant::now());
            }
            let said = said(event, extras);
            self.handle_event(said);
        }
    }

    fn handle_event(&mut self, said: Said) {
        match said {
            Said::Connected(response) => {
                let version = response.version;
                if self.is_quiet {
                    tracing::debug!(version, "the manager has granted a session");
                } else {
                    tracing::info!(version, "the manager has granted a session");
                }
                self.subscribed = false;
                self.waits.begin(Instant::now());
                self.line.pulse.begin(Instant::now());
                self.granted = Instant::now();
                self.outlook.begin();
                self.survey.end();
                self.ask_time();
            }
            Said::Lost(reason) if self.is_line_dead(reason) => {
                self.lose_line("nothing comes, and the manager does not answer");
            }
            Said::Lost(reason) => {
                self.lose_session(reason);
                self.end_session();
            }
            Said::Unanswered => {
                self.complaints.complain(Complaint::Unanswered, "");
            }
            Said::Refused(code) => {
                self.complaints.complain(Complaint::SessionRefused, code);
            }
            Said::Time(time) => self.handle_time(&time),
            Said::Subscribed => {
                let now = Instant::now();
                self.subscribed = true;
                self.motes.excuse(now);
                if self.is_quiet {
                    tracing::debug!("the manager sends its motes' readings");
                } else {
                    tracing::info!("the manager sends its motes' readings");
                }
                self.say_status(false);
                self.survey.begin(now);
                // Its response has just come, so that the next question can be asked.
                self.survey(now);
            }
            Said::Answer(answer) => self.handle_answer(answer),
            Said::Failed(reason) => {
                self.complaints.complain(Complaint::RequestRefused, reason);
                self.clocks.plan(Some(Instant::now() + REFUSED_INTERVAL));
            }
            Said::Samples(sampled, token) => self.hear_samples(&sampled, token),
            Said::Network(heard, body, token) => self.hear_network(heard, body, token),
            Said::Packet(packet, token) => self.hear_packet(packet, token),
            Said::Logged(mac, line, token) => {
                tracing::info!(%mac, line, "a mote's log");
                self.hear_nothing(token);
            }
            Said::Other(token) => self.hear_nothing(token),
            Said::Unreadable(reason, token) => {
                self.report.unreadable += 1;
                self.complaints.complain(Complaint::Unreadable, reason);
                self.hear_nothing(token);
            }
        }
    }

    /// One session after the other that breaks at once is one state.
    fn lose_session(&mut self, reason: LostReason) {
        if self.granted.elapsed() < LASTING {
            self.is_quiet = !self.complaints.complain(Complaint::SessionBroken, reason);
        } else {
            self.is_quiet = false;
            tracing::warn!(%reason, "the session is lost; asking for another");
        }
    }

    fn hear_samples(&mut self, sampled: &Sampled, token: Option<Token>) {
        self.check_clock();
        let Sampled { readings, .. } = sampled;
        let newest = readings.iter().map(|undated| undated.manager_micros).max();
        let due = self.waits.hear(Instant::now(), newest);
        self.arrivals.hear_other();
        self.report.readings += readings.len() as u64;
        if let Some(newest) = newest {
            self.hear_mote(sampled, newest);
            self.outlook.hear();
        }
        match readings.iter().map(|undated| self.clocks.date(undated)).collect() {
            Some(dated) => self.deliver(dated, token, due),
            None => self.deliver_undated(readings, token),
        }
    }

    /// Takes a packet that is kept as it came.
    fn hear_packet(&mut self, packet: Undated, token: Option<Token>) {
        self.check_clock();
        let due = self.waits.hear(Instant::now(), Some(packet.manager_micros));
        self.arrivals.hear_other();
        self.report.network += 1;
        match self.clocks.date(&packet) {
            Some(dated) => self.deliver(vec![dated], token, due),
            None => self.deliver_undated(&[packet], token),
        }
    }

    /// Something has come of which nothing is kept.
    fn hear_nothing(&mut self, token: Option<Token>) {
        let due = self.waits.hear(Instant::now(), None);
        self.arrivals.hear_other();
        self.deliver(Vec::new(), token, due);
    }

    fn hear_mote(&mut self, sampled: &Sampled, newest: i64) {
        let &Sampled { mac, interval_ms, .. } = sampled;
        let Some(timestamp) = self.clocks.map.host_time(newest) else { return };
        let interval = Duration::from_millis(interval_ms.into());
        if self.motes.hear(mac, timestamp, interval, Instant::now()) {
            tracing::info!(%mac, "the mote is heard again");
        }
    }

    /// When the next mote becomes silent. It cannot while nobody listens: without a link or a
    /// subscription, or while the manager waits for an acknowledgement.
    pub(super) fn next_silence(&self) -> Option<Instant> {
        let listening = self.subscribed && self.deliveries.are_safe();
        listening.then(|| self.motes.next_due()).flatten()
    }

    pub(super) fn report_silent_motes(&mut self, now: Instant) {
        if self.next_silence().is_none_or(|at| now < at) {
            return;
        }
        for (mac, interval, times) in self.motes.newly_silent(now) {
            let interval = humantime::format_duration(interval).to_string();
            tracing::warn!(%mac, interval, times, "the mote has been silent for three of its intervals");
        }
    }
}
