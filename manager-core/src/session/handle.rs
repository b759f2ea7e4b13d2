//! What the session does about each thing that happens.

use core::time::Duration;

use super::exchange::Exchange;
use super::inbound::{Arrival, Inbound};
use super::pending::{Delivery, Greeting};
use super::phase::Phase;
use super::{Instant, LostReason, Session, Token};
use crate::{Control, HelloResponse, Packet, PacketType, SuccessCode};

/// Between hellos to a manager that does not answer, or refuses.
const HELLO_INTERVAL: Duration = Duration::from_secs(5);

/// A session that has lasted for so long has not broken at once.
const LASTING: Duration = Duration::from_secs(2);

/// Sessions in a row that may break at once before the next hello is held back.
const FREE_BREAKS: u8 = 2;

/// For how many ms hellos are held back after further ones.
const HOLDS: [u64; 7] = [100, 200, 400, 800, 1600, 3200, 5000];

impl Session {
    /// The decoder holds a good frame.
    pub(super) fn handle_frame(&mut self, now: Instant) {
        let Ok(packet) = Packet::parse(self.decoder.payload()) else {
            self.counters.malformed += 1;
            return;
        };
        let Packet { control, packet_type, seq, body } = packet;
        match packet_type {
            PacketType::ManagerHello => self.handle_manager_hello(now),
            PacketType::HelloResponse => match HelloResponse::parse(body) {
                Ok(response) => self.handle_hello_response(now, response),
                Err(_) => self.counters.malformed += 1,
            },
            PacketType::Notification if !control.is_response() => {
                self.handle_notification(now, control, seq);
            }
            _ => self.handle_response(control, packet_type, seq),
        }
    }

    /// What waits for an answer is sent again.
    pub(super) const fn handle_retry(&mut self) {
        self.counters.retransmissions += 1;
        if let Phase::Greeting(hello) = self.phase {
            self.say_hello(hello);
        }
    }

    /// What waits for an answer was sent often enough.
    pub(super) fn handle_unanswered(&mut self, now: Instant) {
        match self.phase {
            Phase::Greeting(_) => {
                self.pending.greeting = Some(Greeting::Unanswered);
                self.greet_again(now);
            }
            Phase::Up { request: Some((packet_type, _)), .. } => {
                self.lose(now, LostReason::NoResponse(packet_type));
            }
            Phase::Down | Phase::Up { request: None, .. } => {}
        }
    }

    fn handle_manager_hello(&mut self, now: Instant) {
        match &self.phase {
            Phase::Down => self.counters.unexpected += 1,
            Phase::Greeting(hello) if hello.is_exhausted() => self.greet_again(now),
            // The hello that is under way will be answered, or sent again; or it is held back.
            Phase::Greeting(_) => {}
            Phase::Up { .. } => self.lose(now, LostReason::ManagerHello),
        }
    }

    fn handle_hello_response(&mut self, now: Instant, response: HelloResponse) {
        match &self.phase {
            Phase::Greeting(hello) if hello.is_held() => self.counters.unexpected += 1,
            Phase::Greeting(_) if response.success_code != SuccessCode::Ok => {
                self.phase = Phase::Greeting(Exchange::hold(now + HELLO_INTERVAL));
                self.pending.greeting = Some(Greeting::Refused(response.success_code));
            }
            Phase::Greeting(_) if response.cli_seq_no == self.cli_seq_no => {
                let inbound = Inbound::new(response.mgr_seq_no);
                self.phase = Phase::Up { inbound, request: None };
                self.counters.sessions += 1;
                self.up_since = now;
                self.pending.greeting = Some(Greeting::Connected(response));
            }
            // The answer to a hello that was given up.
            Phase::Greeting(_) | Phase::Down => self.counters.unexpected += 1,
            Phase::Up { .. } => self.lose(now, LostReason::UnexpectedHelloResponse),
        }
    }

    fn handle_notification(&mut self, now: Instant, control: Control, seq: u8) {
        let Phase::Up { inbound, .. } = &mut self.phase else {
            self.counters.unexpected += 1;
            return;
        };
        let arrival = if control.is_reliable() { Some(inbound.arrive(seq)) } else { None };
        match arrival {
            Some(Arrival::Waiting) => self.counters.repeats += 1,
            Some(Arrival::Acknowledged) => {
                self.counters.repeats += 1;
                self.acknowledgement_due = Some(seq);
            }
            Some(Arrival::New { delivery }) => {
                let token = Token { session: self.counters.sessions, delivery };
                self.deliver(Delivery::Notification(Some(token)));
            }
            Some(Arrival::Gap { expected }) => {
                // It is whole, and the manager may never send it again: better twice than never.
                self.deliver(Delivery::Notification(None));
                self.counters.sequence_gaps += 1;
                self.lose(now, LostReason::SequenceGap { expected, found: seq });
            }
            None => self.deliver(Delivery::Notification(None)),
        }
    }

    fn handle_response(&mut self, control: Control, packet_type: PacketType, seq: u8) {
        let next_seq = self.cli_seq_no.wrapping_add(1);
        match &mut self.phase {
            Phase::Up { request, .. }
                if request.is_some_and(|(requested, _)| requested == packet_type)
                    && control.is_response()
                    && seq == next_seq =>
            {
                *request = None;
                self.cli_seq_no = next_seq;
                self.deliver(Delivery::Response);
            }
            _ => self.counters.unexpected += 1,
        }
    }

    const fn deliver(&mut self, delivery: Delivery) {
        if matches!(delivery, Delivery::Notification(_)) {
            self.counters.notifications += 1;
        }
        self.pending.delivery = Some(delivery);
    }

    fn lose(&mut self, now: Instant, reason: LostReason) {
        self.pending.lost = Some(reason);
        self.acknowledgement_due = None;
        let lasted = now >= self.up_since + LASTING;
        self.breaks = if lasted { 0 } else { self.breaks.saturating_add(1) };
        // Thus two that do not understand each other do not keep each other busy.
        let further = self.breaks.checked_sub(FREE_BREAKS + 1);
        match further.and_then(|further| HOLDS.get(usize::from(further)).or(HOLDS.last())) {
            None => self.greet(now),
            Some(&millis) => self.say_hello(Exchange::hold(now.after_millis(millis))),
        }
    }

    pub(super) fn greet(&mut self, now: Instant) {
        self.say_hello(Exchange::begin(now));
    }

    fn greet_again(&mut self, now: Instant) {
        self.counters.retransmissions += 1;
        self.say_hello(Exchange::last_try(now + HELLO_INTERVAL));
    }

    /// Each hello has another number, so that a late response to the last one is told apart.
    const fn say_hello(&mut self, exchange: Exchange) {
        self.cli_seq_no = self.cli_seq_no.wrapping_add(1);
        self.phase = Phase::Greeting(exchange);
    }
}
