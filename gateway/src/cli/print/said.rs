use manager_core::command::MoteConfig;
use manager_core::session::{Event, Token};
use manager_core::{Notification, PacketType, Response, TimeInfo};
use oap_core::UDP_PORT;
use readings::Record;

use crate::records::{ip_data, log_event, user_data};
use crate::{Extras, Undated, Unnamed, event_of, health_of, samples_of};

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

/// Of the extras, those that are wanted.
pub(super) fn said(event: Event<'_>, extras: Extras) -> Said {
    match event {
        Event::Connected(_) => Said::Connected,
        Event::Notification { notification, token } => {
            let heard = notification.map(|notification| heard(notification, extras));
            Said::Records(heard.unwrap_or_default(), token)
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

fn heard(notification: Notification<'_>, extras: Extras) -> Heard {
    let timeless = |record: Record| Undated { record, manager_micros: NO_TIME };
    let one = |record| Heard { records: vec![record], links: Vec::new() };
    match notification {
        Notification::Data(data) if data.dst_port != UDP_PORT => {
            if extras.user_data {
                one(user_data(&data))
            } else {
                Heard::default()
            }
        }
        Notification::IpData(packet) if extras.ip_data => one(ip_data(&packet)),
        Notification::Log(log) if extras.log => one(timeless(log_event(&log).into())),
        Notification::Data(data) => {
            let records = samples_of(&data).map_or_else(|_| Vec::new(), |found| found.readings);
            Heard { records, links: Vec::new() }
        }
        Notification::HealthReport(report) => {
            let health = health_of(&report);
            let records = health.records.into_iter().map(timeless).collect();
            Heard { records, links: health.links }
        }
        Notification::Event(event) => one(timeless(event_of(&event).into())),
        _ => Heard::default(),
    }
}
