use core::time::Duration;
use std::time::Instant;

use manager_core::session::{Event, LostReason, Token};
use manager_core::{
    HelloResponse, Notification, NotificationMask, Request, Response, Subscribe, SuccessCode,
    TimeInfo,
};
use readings::Timestamp;

use super::Gateway;
use super::clocks::Look;
use crate::clock_map::Piece;
use crate::{MoteReading, Observation, readings_of};

/// Between two looks at the manager's clock.
const TIME_INTERVAL: Duration = Duration::from_secs(600);

/// Between two looks while this machine's clock is wrong.
const CLOCK_INTERVAL: Duration = Duration::from_secs(5);

/// Before asking again what the manager has refused.
const REFUSED_INTERVAL: Duration = Duration::from_secs(5);

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
                tracing::info!(version = response.version, "the manager has granted a session");
                self.subscribed = false;
                self.ask_time();
            }
            Said::Lost(reason) => {
                tracing::warn!(%reason, "the session is lost; asking for another");
                self.subscribed = false;
                self.clocks.plan(None);
            }
            Said::Unanswered => tracing::warn!(
                "the manager does not answer; is this the port of its serial API, and is it on?"
            ),
            Said::Refused(code) => tracing::error!(?code, "the manager refuses a session"),
            Said::Time(time) => self.handle_time(&time),
            Said::Subscribed => {
                self.subscribed = true;
                self.motes.excuse(Instant::now());
                tracing::info!("the manager sends its motes' readings");
            }
            Said::Failed(reason) => {
                tracing::error!(reason, "the manager refuses a request");
                self.clocks.plan(Some(Instant::now() + REFUSED_INTERVAL));
            }
            Said::Readings(readings, token) => {
                self.hear_motes(&readings);
                match readings.iter().map(|reading| self.clocks.date(reading)).collect() {
                    Some(dated) => self.deliver(dated, token),
                    None => self.deliver_undated(&readings, token),
                }
            }
            Said::Unreadable(reason, token) => {
                self.report.unreadable += 1;
                tracing::warn!(reason, "a notification cannot be read, and is passed over");
                self.deliver(Vec::new(), token);
            }
        }
    }

    /// Asks for the manager's clocks. Readings are subscribed to only when they can be dated.
    pub(super) fn ask_time(&mut self) {
        self.clocks.ask();
        if self.line.session.request(self.line.now(), &Request::GetTime).is_err() {
            // Another request is under way, or the session has just been lost.
            self.clocks.plan(Some(Instant::now() + REFUSED_INTERVAL));
        }
    }

    fn handle_time(&mut self, time: &TimeInfo) {
        if self.clocks.host.is_plausible() {
            self.map_clock(time);
            self.clocks.plan(Some(Instant::now() + TIME_INTERVAL));
        } else {
            self.await_clock(time);
            self.clocks.plan(Some(Instant::now() + CLOCK_INTERVAL));
        }
        if !self.subscribed {
            let subscribe = Subscribe::reliably(NotificationMask::DATA);
            // The time's response has just come, so no other request is under way.
            let _ = self.line.session.request(self.line.now(), &Request::Subscribe(subscribe));
        }
    }

    fn map_clock(&mut self, time: &TimeInfo) {
        let Look { piece, observation } = self.clocks.observe(time);
        tracing::info!(
            uptime = time.uptime,
            offset_secs = piece.offset / 1_000_000,
            uncertainty_us = self.clocks.uncertainty,
            ?observation,
            "the manager's clock is mapped to this machine's"
        );
        let saved = match observation {
            Observation::Kept => Ok(()),
            _ => self.spool().save_clock_map(&self.clocks.map),
        };
        let dated = saved.and_then(|()| self.spool().date(piece));
        match dated {
            Ok((0, 0)) => {}
            Ok((dated, lost)) => {
                tracing::info!(dated, lost, "readings from before the clock was right");
                self.uplink.drain();
            }
            Err(error) => tracing::error!(%error, "the clock map cannot be saved"),
        }
    }

    /// This machine's clock is wrong: readings keep the manager's time until it is right.
    fn await_clock(&mut self, time: &TimeInfo) {
        if core::mem::replace(&mut self.clocks.is_right, false) {
            tracing::warn!(
                now = %self.clocks.host.now(),
                "this machine's clock is wrong; readings wait in the spool until it is set"
            );
        }
        let awaited = self.spool().await_date(Piece::new(time, Timestamp::from_micros(0)));
        match awaited {
            Ok(0) => {}
            Ok(lost) => tracing::error!(lost, "the times of readings can no longer be known"),
            Err(error) => tracing::error!(%error, "the spool fails"),
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
        for (mac, interval) in self.motes.newly_silent(now) {
            let interval = humantime::format_duration(interval).to_string();
            tracing::warn!(%mac, interval, "the mote has been silent for three of its intervals");
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
        Event::Response(Ok(Response::GetTime(time))) => Said::Time(time),
        Event::Response(Ok(Response::Refused { packet_type, code })) => {
            Said::Failed(format!("{packet_type:?}: {code}"))
        }
        Event::Response(Ok(_)) => Said::Subscribed,
        Event::Response(Err(error)) => Said::Failed(error.to_string()),
    }
}
