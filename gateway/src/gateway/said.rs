use manager_core::session::{Event, LostReason, Token};
use manager_core::{HelloResponse, MacAddress, Notification, Response, SuccessCode, TimeInfo};
use oap_core::UDP_PORT;
use readings::{Mac, Record};

use crate::records::{ip_data, log_line, user_data};
use crate::walk::{Answer, answer_of};
use crate::{Extras, Health, Sampled, Undated, event_of, health_of, samples_of};

/// An event of the session, without what it borrows.
pub(super) enum Said {
    Connected(HelloResponse),
    Lost(LostReason),
    Unanswered,
    Refused(SuccessCode),
    Samples(Sampled, Option<Token>),
    /// What came without a time, and the body that it came in.
    Network(Heard, Vec<u8>, Option<Token>),
    /// What is kept as it came.
    Packet(Undated, Option<Token>),
    /// A mote, and a line of its log.
    Logged(Mac, String, Option<Token>),
    /// What is not kept.
    Other(Option<Token>),
    Unreadable(String, Option<Token>),
    Time(TimeInfo),
    Subscribed,
    Answer(Answer),
    Failed(String),
}

/// What came without a time.
#[derive(Debug)]
pub(super) enum Heard {
    Health(Health),
    Event(Record, Change),
}

/// What an event changes of what the manager was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Created(u16, MacAddress),
    /// A mote can send, and has paths.
    Joined,
    Deleted(u16),
    /// The manager's numbers mean nothing any more.
    Reset,
}

/// Of the extras, those that are wanted.
pub(super) fn said(event: Event<'_>, extras: Extras) -> Said {
    match event {
        Event::Connected(response) => Said::Connected(response),
        Event::Lost(reason) => Said::Lost(reason),
        Event::Unanswered => Said::Unanswered,
        Event::Refused(code) => Said::Refused(code),
        Event::Notification { notification: Ok(notification), token } => {
            notified(notification, token, extras)
        }
        Event::Notification { notification: Err(error), token } => {
            Said::Unreadable(error.to_string(), token)
        }
        Event::Response(response) => match answer_of(&response) {
            Some(answer) => Said::Answer(answer),
            None => match response.parse() {
                Ok(Response::GetTime(time)) => Said::Time(time),
                Ok(Response::Refused { packet_type, code }) => {
                    Said::Failed(format!("{packet_type}: {code}"))
                }
                Ok(_) => Said::Subscribed,
                Err(error) => Said::Failed(error.to_string()),
            },
        },
        // Of what sessions do not say yet there is nothing to acknowledge.
        _ => Said::Other(None),
    }
}

fn notified(notification: Notification<'_>, token: Option<Token>, extras: Extras) -> Said {
    match notification {
        Notification::Data(data) if data.dst_port != UDP_PORT => {
            if extras.user_data {
                Said::Packet(user_data(&data), token)
            } else {
                Said::Other(token)
            }
        }
        Notification::Data(data) => match samples_of(&data) {
            Ok(sampled) => Said::Samples(sampled, token),
            Err(error) => Said::Unreadable(format!("{}: OAP: {error}", data.mac_address), token),
        },
        Notification::HealthReport(report) => {
            Said::Network(Heard::Health(health_of(&report)), body(&notification), token)
        }
        Notification::Event(event) => {
            use manager_core::notification::EventKind;
            let change = match event.kind {
                EventKind::MoteCreate { mac_address, mote_id } => {
                    Change::Created(mote_id, mac_address)
                }
                EventKind::MoteOperational(_) => Change::Joined,
                EventKind::MoteDelete { mote_id, .. } => Change::Deleted(mote_id),
                EventKind::NetworkReset => Change::Reset,
                _ => Change::None,
            };
            let heard = Heard::Event(event_of(&event).into(), change);
            Said::Network(heard, body(&notification), token)
        }
        Notification::IpData(packet) if extras.ip_data => Said::Packet(ip_data(&packet), token),
        Notification::Log(log) if extras.log => {
            Said::Logged(Mac::from(log.mac_address.0), log_line(&log), token)
        }
        _ => Said::Other(token),
    }
}

fn body(notification: &Notification<'_>) -> Vec<u8> {
    let mut body = vec![0; notification.buffer_len()];
    // It fits.
    let _ = notification.emit(&mut body);
    body
}
