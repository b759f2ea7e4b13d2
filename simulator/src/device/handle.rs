//! What the manager does about what its client sends, or does not send.

use core::time::Duration;

use manager_core::{
    Control, Hello, HelloResponse, ManagerHello, PROTOCOL_VERSION, Packet, PacketType,
    ResponseCode, SuccessCode,
};

use super::emitted::emitted;
use super::outbox::Patience;
use super::session::{Session, Turn};
use super::{Event, SessionEnd, SimulatedManager};

/// Between two hellos of a manager without a session.
const HELLO_INTERVAL: Duration = Duration::from_secs(1);

/// No other mode is known.
const MODE: u8 = 0;

impl SimulatedManager {
    pub(super) fn handle_frame(&mut self, now: Duration, payload: &[u8]) {
        let Ok(packet) = Packet::parse(payload) else {
            self.tally.malformed += 1;
            return;
        };
        let is_response = packet.control.is_response();
        match packet.packet_type {
            PacketType::Notification if is_response => {
                self.handle_acknowledgement(packet.seq, packet.body);
            }
            PacketType::Hello if !is_response => match Hello::parse(packet.body) {
                Ok(hello) => self.handle_hello(hello),
                Err(_) => self.tally.malformed += 1,
            },
            PacketType::HelloResponse | PacketType::ManagerHello | PacketType::Notification => {
                self.tally.unexpected += 1;
            }
            _ if is_response => self.tally.unexpected += 1,
            _ => self.handle_request(now, &packet),
        }
    }

    /// Sends again what was not acknowledged in time; while there is no session, says hello.
    pub(super) fn handle_silence(&mut self, now: Duration) {
        let (timeout, retries) = (self.settings.ack_timeout, self.settings.ack_retries);
        match self.outbox.handle_timeout(now, timeout, retries) {
            Patience::Left => {}
            Patience::Repeat => {
                self.tally.notifications.repeats += 1;
                self.send_outstanding();
            }
            Patience::Lost => {
                self.tally.given_up += 1;
                self.end_session(now, SessionEnd::GivenUp);
            }
        }
        if self.session.is_none() && self.hello_at <= now {
            self.hello_at = now + HELLO_INTERVAL;
            self.tally.manager_hellos += 1;
            let hello = ManagerHello { version: PROTOCOL_VERSION, mode: MODE };
            let body = emitted(hello.buffer_len(), |buffer| hello.emit(buffer));
            self.send(Control::BEST_EFFORT, PacketType::ManagerHello, 0, &body);
        }
    }

    /// Sends what waits and may be sent: everything up to the first that the client must
    /// acknowledge.
    pub(super) fn launch(&mut self, now: Duration) {
        let subscription = self.session.as_ref().and_then(|session| session.subscription);
        let Some(subscription) = subscription else { return };
        while let Some(kind) = self.outbox.next().map(|notice| notice.kind) {
            if subscription.filter.contains(kind) && !subscription.unack_filter.contains(kind) {
                self.launch_reliably(now);
                return;
            }
            let Some(notice) = self.outbox.take_next() else { return };
            if subscription.filter.contains(kind) {
                self.tally.notifications.best_effort += 1;
                self.tally.readings.best_effort += notice.readings.len() as u64;
                let seq = self.outbox.number_best_effort();
                self.send(Control::BEST_EFFORT, PacketType::Notification, seq, &notice.body);
            } else {
                self.count_unsubscribed(notice.readings.len());
            }
        }
    }

    pub(super) fn send(&mut self, control: Control, packet_type: PacketType, seq: u8, body: &[u8]) {
        let packet = Packet { control, packet_type, seq, body };
        self.tally.packets_sent += 1;
        self.transmit.push_back(emitted(packet.buffer_len(), |buffer| packet.emit(buffer)));
    }

    fn launch_reliably(&mut self, now: Duration) {
        let deadline = now + self.settings.ack_timeout;
        let Some((_, notice, sent_before)) = self.outbox.launch(deadline) else { return };
        if sent_before {
            self.tally.notifications.sent_anew += 1;
        } else {
            self.tally.notifications.sent += 1;
            self.tally.readings.sent += notice.readings.len() as u64;
            self.events.extend(notice.readings.iter().copied().map(Event::Sent));
            if notice.readings.is_empty() {
                self.events.push_back(Event::NoticeSent(notice.body.clone()));
            }
        }
        self.send_outstanding();
    }

    fn send_outstanding(&mut self) {
        if let Some((seq, notice)) = self.outbox.outstanding() {
            let body = notice.body.clone();
            self.send(Control::RELIABLE, PacketType::Notification, seq, &body);
        }
    }

    fn handle_acknowledgement(&mut self, seq: u8, body: &[u8]) {
        let Some(&code) = body.first() else {
            self.tally.malformed += 1;
            return;
        };
        let accepted = ResponseCode::from(code) == ResponseCode::Ok;
        self.tally.notifications.rejected += u64::from(!accepted);
        let Some(notice) = accepted.then(|| self.outbox.acknowledge(seq)).flatten() else {
            self.tally.unexpected += 1;
            return;
        };
        self.tally.notifications.acknowledged += 1;
        self.tally.readings.acknowledged += notice.readings.len() as u64;
        if notice.readings.is_empty() {
            self.events.push_back(Event::NoticeAcknowledged(notice.body));
        }
        self.events.extend(notice.readings.into_iter().map(Event::Acknowledged));
    }

    fn handle_hello(&mut self, hello: Hello) {
        let success_code = if hello.version != PROTOCOL_VERSION {
            SuccessCode::UnsupportedVersion
        } else if hello.mode != MODE {
            SuccessCode::InvalidMode
        } else {
            SuccessCode::Ok
        };
        if success_code == SuccessCode::Ok {
            if self.session.take().is_some() {
                self.tally.replaced += 1;
                self.events.push_back(Event::SessionOver(SessionEnd::Replaced));
            }
            self.outbox.recall();
            self.outbox.begin();
            self.session = Some(Session::new(hello.cli_seq_no));
            self.tally.sessions += 1;
            self.events.push_back(Event::SessionBegun);
        } else {
            self.tally.refused_hellos += 1;
            self.events.push_back(Event::HelloRefused(success_code));
        }
        let response = HelloResponse {
            success_code,
            version: PROTOCOL_VERSION,
            mgr_seq_no: self.outbox.mgr_seq_no(),
            cli_seq_no: hello.cli_seq_no,
            mode: hello.mode,
        };
        let body = emitted(response.buffer_len(), |buffer| response.emit(buffer));
        self.send(Control::BEST_EFFORT, PacketType::HelloResponse, 0, &body);
    }

    fn handle_request(&mut self, now: Duration, packet: &Packet<'_>) {
        let Packet { packet_type, seq, body, .. } = *packet;
        let Some(session) = &self.session else {
            self.tally.unexpected += 1;
            return;
        };
        let answer = match session.turn(packet_type, seq) {
            Turn::Gap => {
                self.tally.out_of_sequence += 1;
                self.end_session(now, SessionEnd::OutOfSequence);
                self.handle_silence(now);
                return;
            }
            Turn::Repeated(answer) => {
                self.tally.repeated_requests += 1;
                answer.to_vec()
            }
            Turn::Next => {
                self.tally.requests += 1;
                let answer = self.execute(now, packet_type, body);
                if let Some(session) = &mut self.session {
                    session.answer(packet_type, seq, answer.clone());
                }
                answer
            }
        };
        self.send(Control::RESPONSE, packet_type, seq, &answer);
    }

    fn end_session(&mut self, now: Duration, end: SessionEnd) {
        self.session = None;
        self.outbox.recall();
        self.hello_at = now;
        self.events.push_back(Event::SessionOver(end));
    }
}
