use manager_core::session::{Event, LostReason, Token};
use manager_core::{HelloResponse, MacAddress, Notification, Response, SuccessCode, TimeInfo};
use readings::Record;

use crate::walk::{Answer, answer_of};
use crate::{Health, Sampled, event_of, health_of, samples_of};

/// An event of the session, without what it borrows.
pub(super) enum Said {
    Connected(HelloResponse),
    Lost(LostReason),
    Unanswered,
    Refused(SuccessCode),
    Samples(Sampled, Option<Token>),
    Network(Heard, Option<Token>),
    /// What is not kept.
    Other(Option<Token>),
    Unreadable(String, Option<Token>),
    Time(TimeInfo),
    Subscribed,
    Answer(Answer),
    Failed(String),
}

impl Said {
    /// Whether it came unasked.
    pub(super) const fn is_notification(&self) -> bool {
        matches!(
            self,
            Self::Samples(..) | Self::Network(..) | Self::Other(_) | Self::Unreadable(..)
        )
    }
}

/// What came without a time.
#[derive(Clone, Debug, PartialEq)]
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

pub(super) fn said(event: Event<'_>) -> Said {
    match event {
        Event::Connected(response) => Said::Connected(response),
        Event::Lost(reason) => Said::Lost(reason),
        Event::Unanswered => Said::Unanswered,
        Event::Refused(code) => Said::Refused(code),
        Event::Notification { notification: Ok(notification), token } => {
            notified(notification, token)
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

fn notified(notification: Notification<'_>, token: Option<Token>) -> Said {
    match notification {
        Notification::Data(data) => match samples_of(&data) {
            Ok(sampled) => Said::Samples(sampled, token),
            Err(error) => Said::Unreadable(format!("{}: OAP: {error}", data.mac_address), token),
        },
        Notification::HealthReport(report) => {
            Said::Network(Heard::Health(health_of(&report)), token)
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
            Said::Network(Heard::Event(event_of(&event).into(), change), token)
        }
        _ => Said::Other(token),
    }
}
