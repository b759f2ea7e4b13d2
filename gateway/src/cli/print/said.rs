use manager_core::command::MoteConfig;
use manager_core::session::{Event, Token};
use manager_core::{Notification, PacketType, Response, TimeInfo};
use readings::Record;

use crate::{Undated, Unnamed, event_of, health_of, samples_of};

/// The manager's time of what came without one.
pub(super) const NO_TIME: i64 = i64::MIN;

/// An event of the session, without what it borrows.
pub(super) enum Said {
    Connected,
    Time(TimeInfo),
    Subscribed,
    Mote(MoteConfig),
    Records(Heard, Option<Token>),
    Nothing,
}

/// What a notification brings.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) records: Vec<Undated>,
    pub(super) links: Vec<Unnamed>,
}

pub(super) fn said(event: Event<'_>) -> Said {
    match event {
        Event::Connected(_) => Said::Connected,
        Event::Notification { notification, token } => {
            Said::Records(notification.map_or_else(|_| Heard::default(), heard), token)
        }
        Event::Lost(reason) => {
            tracing::warn!(%reason, "the session is lost; asking for another");
            Said::Nothing
        }
        Event::Unanswered => {
            tracing::warn!("the manager does not answer; try `clouddata-gateway doctor`");
            Said::Nothing
        }
        Event::Refused(code) => {
            tracing::error!(%code, "the manager refuses a session");
            Said::Nothing
        }
        Event::Response(response) => match response.parse() {
            Ok(Response::GetTime(time)) => Said::Time(time),
            Ok(Response::GetMoteConfig(mote)) => Said::Mote(mote),
            // The list of motes ends so.
            Ok(Response::Refused { packet_type: PacketType::GetMoteConfig, .. }) => Said::Nothing,
            Ok(Response::Refused { packet_type, code }) => {
                tracing::error!(%packet_type, %code, "the manager refuses a request");
                Said::Nothing
            }
            Ok(_) => Said::Subscribed,
            Err(_) => Said::Nothing,
        },
        _ => Said::Nothing,
    }
}

fn heard(notification: Notification<'_>) -> Heard {
    let timeless = |record: Record| Undated { record, manager_micros: NO_TIME };
    match notification {
        Notification::Data(data) => {
            let records = samples_of(&data).map_or_else(|_| Vec::new(), |found| found.readings);
            Heard { records, links: Vec::new() }
        }
        Notification::HealthReport(report) => {
            let health = health_of(&report);
            let records = health.records.into_iter().map(timeless).collect();
            Heard { records, links: health.links }
        }
        Notification::Event(event) => {
            Heard { records: vec![timeless(event_of(&event).into())], links: Vec::new() }
        }
        _ => Heard::default(),
    }
}
