use core::time::Duration;
use std::time::Instant;

use manager_core::command::MoteConfig;
use manager_core::session::{Event, LostReason, Token};
use manager_core::{
    HelloResponse, Notification, PacketType, Response, ResponseCode, SuccessCode, TimeInfo,
};

use super::Gateway;
use super::complaints::Complaint;
use super::timekeeping::REFUSED_INTERVAL;
use crate::{MoteReading, readings_of};

/// A session that has lasted for so long has not broken at once.
const LASTING: Duration = Duration::from_secs(2);

/// An event of the session, without what it borrows.
enum Said {
    Connected(HelloResponse),
    Lost(LostReason),
    Unanswered,
    Refused(SuccessCode),
    Readings(Vec<MoteReading>, Option<Token>),
    Unreadable(String, Option<Token>),
    Time(TimeInfo),
    Subscribed,
    Network(u16),
    /// How many motes there are it does not say.
    NoNetwork,
    Mote(MoteConfig),
    NoMoreMotes,
    /// What was asked out of curiosity it does not answer.
    Nothing,
    Failed(String),
}

impl Gateway {
    /// Handles what the session has to say.
    pub(super) fn handle_events(&mut self) {
        while let Some(said) = self.line.session.poll_event().map(said) {
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
                self.granted = Instant::now();
                self.outlook.begin(Instant::now());
                self.ask_time();
            }
            Said::Lost(reason) => {
                self.lose_session(reason);
                self.subscribed = false;
                self.clocks.plan(None);
            }
            Said::Unanswered => {
                self.complaints.complain(Complaint::Unanswered, "");
            }
            Said::Refused(code) => {
                self.complaints.complain(Complaint::SessionRefused, code);
            }
            Said::Time(time) => self.handle_time(&time),
            Said::Subscribed => {
                self.subscribed = true;
                self.motes.excuse(Instant::now());
                if self.is_quiet {
                    tracing::debug!("the manager sends its motes' readings");
                } else {
                    tracing::info!("the manager sends its motes' readings");
                }
                // Its response has just come, so that the next question can be asked.
                self.look_out(Instant::now());
            }
            Said::Network(motes) => self.learn_operational(motes),
            Said::Mote(mote) => self.learn_mote(&mote),
            Said::NoMoreMotes => self.end_motes(),
            Said::NoNetwork => self.outlook.give_up(),
            Said::Nothing => {}
            Said::Failed(reason) => {
                self.complaints.complain(Complaint::RequestRefused, reason);
                self.clocks.plan(Some(Instant::now() + REFUSED_INTERVAL));
            }
            Said::Readings(readings, token) => {
                self.check_clock();
                let newest = readings.iter().map(|reading| reading.manager_micros).max();
                let due = self.waits.hear(Instant::now(), newest);
                self.hear_motes(&readings);
                if !readings.is_empty() {
                    self.outlook.hear();
                }
                match readings.iter().map(|reading| self.clocks.date(reading)).collect() {
                    Some(dated) => self.deliver(dated, token, due),
                    None => self.deliver_undated(&readings, token),
                }
            }
            Said::Unreadable(reason, token) => {
                self.report.unreadable += 1;
                self.complaints.complain(Complaint::Unreadable, reason);
                let due = self.waits.hear(Instant::now(), None);
                self.deliver(Vec::new(), token, due);
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

    fn hear_motes(&mut self, readings: &[MoteReading]) {
        for reading in readings {
            let Some(timestamp) = self.clocks.map.host_time(reading.manager_micros) else { return };
            let interval = Duration::from_millis(reading.interval_ms.into());
            if self.motes.hear(reading.mac, timestamp, interval, Instant::now()) {
                tracing::info!(mac = %reading.mac, "the mote is heard again");
            }
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

fn said(event: Event<'_>) -> Said {
    match event {
        Event::Connected(response) => Said::Connected(response),
        Event::Lost(reason) => Said::Lost(reason),
        Event::Unanswered => Said::Unanswered,
        Event::Refused(code) => Said::Refused(code),
        Event::Notification { notification: Ok(Notification::Data(data)), token } => {
            match readings_of(&data) {
                Ok(readings) => Said::Readings(readings, token),
                Err(error) => {
                    Said::Unreadable(format!("{}: OAP: {error}", data.mac_address), token)
                }
            }
        }
        Event::Notification { notification: Ok(_), token } => Said::Readings(Vec::new(), token),
        Event::Notification { notification: Err(error), token } => {
            Said::Unreadable(error.to_string(), token)
        }
        Event::Response(response) => match response.parse() {
            Ok(Response::GetTime(time)) => Said::Time(time),
            Ok(Response::GetNetworkInfo(info)) => Said::Network(info.num_motes),
            Ok(Response::GetMoteConfig(mote)) => Said::Mote(mote),
            Ok(Response::Refused { packet_type: PacketType::GetMoteConfig, code }) => match code {
                ResponseCode::EndOfList => Said::NoMoreMotes,
                _ => Said::Nothing,
            },
            Ok(Response::Refused { packet_type: PacketType::GetNetworkInfo, .. }) => {
                Said::NoNetwork
            }
            Ok(Response::Refused { packet_type, code }) => {
                Said::Failed(format!("{packet_type}: {code}"))
            }
            Ok(_) => Said::Subscribed,
            Err(error) => Said::Failed(error.to_string()),
        },
    }
}
