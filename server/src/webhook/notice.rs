use readings::{Mac, Timestamp};
use serde::Serialize;

use crate::state::{End, Subject, Trouble};

/// Trouble that was told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alarm {
    pub(super) trouble: Trouble,
    pub(super) subject: Subject,
    /// The gateway of a mote.
    pub(super) gateway: Option<String>,
    pub(super) since: Timestamp,
}

/// The JSON body of a notice. Flat, as what is on the other side often is a template.
#[derive(Serialize)]
struct Body<'a> {
    /// The same when it begins and when it ends.
    id: String,
    event: &'static str,
    status: &'static str,
    mote: Option<Mac>,
    label: Option<&'a str>,
    gateway: Option<&'a str>,
    since: Timestamp,
    until: Option<Timestamp>,
    summary: String,
}

impl Alarm {
    /// The notice that it has begun, or with `end` that it is over.
    pub(super) fn body(&self, label: Option<&str>, end: Option<(End, Timestamp)>) -> String {
        let Self { trouble, subject, gateway, since } = self;
        let (mote, gateway) = match subject {
            Subject::Mote(mac) => (Some(*mac), gateway.as_deref()),
            Subject::Gateway(name) => (None, Some(name.as_str())),
        };
        let who = match (subject, label) {
            (Subject::Mote(mac), Some(label)) => format!("Mote {label} ({mac})"),
            (Subject::Mote(mac), None) => format!("Mote {mac}"),
            (Subject::Gateway(name), _) => format!("Gateway {name}"),
        };
        let what = match (trouble, end) {
            (_, Some((End::Forgotten, _))) => {
                "is no longer watched: nothing was heard of it for as long as readings are kept"
                    .to_owned()
            }
            (Trouble::GatewayAway, None) => format!("is not in touch since {since}"),
            (Trouble::GatewayAway, Some(_)) => "is in touch again".to_owned(),
            (Trouble::ManagerAway, None) => format!("has no manager since {since}"),
            (Trouble::ManagerAway, Some(_)) => "has its manager again".to_owned(),
            (Trouble::MoteSilent, None) => format!("is silent since {since}"),
            (Trouble::MoteLate, None) => format!("is late since {since}"),
            (Trouble::MoteSilent | Trouble::MoteLate, Some(_)) => "reports again".to_owned(),
        };
        let event = trouble.name();
        let name =
            mote.map_or_else(|| gateway.unwrap_or_default().to_owned(), |mac| mac.to_string());
        let body = Body {
            id: format!("{event}/{name}/{since}"),
            event,
            status: if end.is_none() { "firing" } else { "resolved" },
            mote,
            label,
            gateway,
            since: *since,
            until: end.map(|(_, until)| until),
            summary: format!("{who} {what}."),
        };
        // A struct of strings and times can always be written.
        serde_json::to_string(&body).unwrap_or_default()
    }
}
