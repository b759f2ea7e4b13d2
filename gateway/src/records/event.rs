use manager_core::MacAddress;
use manager_core::notification::{CommandOutcome, Event as Said, EventKind, JoinFailure};
use readings::{Detail, Event, Mac};

use super::octets::hex;
use super::way;

/// An event by the vendor's names, without a time: it does not carry one.
#[must_use]
pub fn event_of(said: &Said<'_>) -> Event {
    let name = match said.kind {
        EventKind::MoteReset(_) => "moteReset",
        EventKind::NetworkReset => "networkReset",
        EventKind::CommandFinished { .. } => "commandFinished",
        EventKind::MoteJoin(_) => "moteJoin",
        EventKind::MoteOperational(_) => "moteOperational",
        EventKind::MoteLost(_) => "moteLost",
        EventKind::NetworkTime(_) => "networkTime",
        EventKind::PingResponse { .. } => "pingResponse",
        EventKind::PathCreate { .. } => "pathCreate",
        EventKind::PathDelete { .. } => "pathDelete",
        EventKind::PacketSent { .. } => "packetSent",
        EventKind::MoteCreate { .. } => "moteCreate",
        EventKind::MoteDelete { .. } => "moteDelete",
        EventKind::JoinFailed { .. } => "joinFailed",
        EventKind::InvalidMic(_) => "invalidMIC",
        _ => "",
    };
    let mut event = Event::new(name, Some(said.event_id), None);
    if name.is_empty() {
        event.name = format!("event{}", said.kind.event_type());
    }
    let mac = |address: MacAddress| Some(Mac::from(address.0));
    let mut detail = |name: &str, detail: Detail| {
        event.details.insert(name.to_owned(), detail);
    };
    match said.kind {
        EventKind::MoteReset(mote)
        | EventKind::MoteJoin(mote)
        | EventKind::MoteOperational(mote)
        | EventKind::MoteLost(mote)
        | EventKind::InvalidMic(mote) => event.mac = mac(mote),
        EventKind::CommandFinished { callback_id, outcome } => {
            detail("callbackId", f64::from(callback_id).into());
            detail("rc", finished(outcome));
        }
        EventKind::NetworkTime(time) => {
            let [a, b, c, d, e] = time.asn;
            let asn = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
            detail("uptime", f64::from(time.uptime).into());
            detail(
                "utc",
                readings::Timestamp::from_micros(time.utc.as_micros()).to_string().as_str().into(),
            );
            #[expect(clippy::cast_precision_loss, reason = "five octets fit a float")]
            detail("asn", (asn as f64).into());
        }
        EventKind::PingResponse { callback_id, mac_address, answer } => {
            detail("callbackId", f64::from(callback_id).into());
            // Without an answer none of them means anything.
            if let Some(answer) = answer {
                detail("delay", f64::from(answer.delay).into());
                detail("voltage", f64::from(answer.voltage).into());
                detail("temperature", f64::from(answer.temperature).into());
            }
            event.mac = mac(mac_address);
        }
        EventKind::PathCreate { source, dest, direction }
        | EventKind::PathDelete { source, dest, direction } => {
            match way(direction) {
                Some(direction) => detail("direction", direction.name().into()),
                None => detail("direction", f64::from(u8::from(direction)).into()),
            }
            (event.mac, event.neighbour) = (mac(source), mac(dest));
        }
        EventKind::PacketSent { callback_id, rc } => {
            detail("callbackId", f64::from(callback_id).into());
            detail("rc", f64::from(rc).into());
        }
        EventKind::MoteCreate { mac_address, mote_id }
        | EventKind::MoteDelete { mac_address, mote_id } => {
            detail("moteId", f64::from(mote_id).into());
            event.mac = mac(mac_address);
        }
        EventKind::JoinFailed { mac_address, reason } => {
            detail("reason", failure(reason));
            event.mac = mac(mac_address);
        }
        EventKind::Unknown { fields, .. } => {
            detail("octets", hex(fields).as_str().into());
        }
        _ => {}
    }
    event
}

fn finished(outcome: CommandOutcome) -> Detail {
    match outcome {
        CommandOutcome::Ok => "ok".into(),
        CommandOutcome::Nack => "nack".into(),
        CommandOutcome::TimedOut => "commandTimeout".into(),
        other => f64::from(u8::from(other)).into(),
    }
}

fn failure(reason: JoinFailure) -> Detail {
    match reason {
        JoinFailure::CounterReused => "the join counter was used before".into(),
        JoinFailure::NotOnAcl => "not on the access control list".into(),
        JoinFailure::WrongKey => "another join key".into(),
        JoinFailure::Unexpected => "unexpected".into(),
        other => f64::from(u8::from(other)).into(),
    }
}

#[cfg(test)]
mod tests {
    use manager_core::Notification;

    use super::*;

    const MOTE: [u8; 8] = [0x00, 0x17, 0x0d, 0x00, 0x00, 0x30, 0x5d, 0x39];
    const OTHER: [u8; 8] = [0x00, 0x17, 0x0d, 0x00, 0x00, 0x30, 0x5d, 0x3a];

    /// The event with number 258 of this type and with these fields, as JSON.
    fn json(event_type: u8, fields: &[u8]) -> String {
        let body = [&[1, 0, 0, 1, 2, event_type], fields].concat();
        let Notification::Event(said) = Notification::parse(&body).unwrap() else { panic!() };
        serde_json::to_string(&event_of(&said)).unwrap()
    }

    #[test]
    fn each_event_has_the_vendors_name_and_its_fields() {
        let ids = [0, 0, 0, 7];
        let path = [&MOTE[..], &OTHER, &[2]].concat();
        let ping = [&ids[..], &MOTE, &[0, 0, 1, 0, 0x0b, 0xb8, 0xfe]].concat();
        let silent = [&ids[..], &MOTE, &[0xff, 0xff, 0xff, 0xff, 0, 0, 0]].concat();
        let create = [&MOTE[..], &[1, 2]].concat();
        let reason = |reason| [&MOTE[..], &[reason]].concat();
        let time = [0, 0, 0, 9, 0, 0, 0, 0, 0x3d, 0x22, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0, 0, 0, 3];
        let mote = r#""mac":"00-17-0d-00-00-30-5d-39""#;
        let paths =
            format!(r#"{mote},"neighbour":"00-17-0d-00-00-30-5d-3a","direction":"upstream""#);
        for (event_type, fields, name, rest) in [
            (0, &MOTE[..], "moteReset", mote),
            (1, &[], "networkReset", ""),
            (2, &[0, 0, 0, 7, 2], "commandFinished", r#""callbackId":7.0,"rc":"commandTimeout""#),
            (3, &MOTE, "moteJoin", mote),
            (4, &MOTE, "moteOperational", mote),
            (5, &MOTE, "moteLost", mote),
            (
                6,
                &time,
                "networkTime",
                r#""asn":4294967296.0,"uptime":9.0,"utc":"2002-07-02T19:33:20.000005Z""#,
            ),
            (
                7,
                &ping,
                "pingResponse",
                &format!(
                    r#"{mote},"callbackId":7.0,"delay":256.0,"temperature":-2.0,"voltage":3000.0"#
                ),
            ),
            (7, &silent, "pingResponse", &format!(r#"{mote},"callbackId":7.0"#)),
            (10, &path, "pathCreate", &paths),
            (11, &path, "pathDelete", &paths),
            (12, &[0, 0, 0, 7, 3], "packetSent", r#""callbackId":7.0,"rc":3.0"#),
            (13, &create, "moteCreate", &format!(r#"{mote},"moteId":258.0"#)),
            (14, &create, "moteDelete", &format!(r#"{mote},"moteId":258.0"#)),
            (15, &reason(2), "joinFailed", &format!(r#"{mote},"reason":"another join key""#)),
            (15, &reason(9), "joinFailed", &format!(r#"{mote},"reason":9.0"#)),
            (16, &MOTE, "invalidMIC", mote),
            (99, &[0xde, 0xad], "event99", r#""octets":"dead""#),
        ] {
            let comma = if rest.is_empty() { "" } else { "," };
            let expected = format!(r#"{{"event":"{name}","number":258{comma}{rest}}}"#);
            assert_eq!(json(event_type, fields), expected);
        }
    }
}
