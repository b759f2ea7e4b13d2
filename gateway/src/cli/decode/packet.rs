//! The manager's serial API: header and body of a packet.

use manager_core::{Control, HEADER_LEN, NotificationMask, PacketType};

use super::fields::{Fields, Layer};
use super::notification::explain_notification;
use super::oap::explain_oap;
use super::text::{mac, moment, response_code};

/// What a packet is and who sends it, in a few words.
pub(super) fn headline(payload: &[u8]) -> String {
    let &[control, kind, ..] = payload else { return "too short for a packet".to_owned() };
    let (control, kind) = (Control::from(control), PacketType::from(kind));
    let name = match kind {
        PacketType::Unknown(_) => format!("packet of {kind}"),
        kind => kind.to_string(),
    };
    match (kind, control.is_response()) {
        (PacketType::Hello, _) => format!("{name}, client to manager"),
        (PacketType::HelloResponse | PacketType::ManagerHello, _)
        | (PacketType::Notification, false) => {
            format!("{name}, manager to client")
        }
        (PacketType::Notification, true) => {
            format!("acknowledgement of a {name}, client to manager")
        }
        (_, true) => format!("response to {name}, manager to client"),
        (_, false) => format!("{name}, client to manager"),
    }
}

/// Explains header and body.
pub(super) fn explain_packet(mut fields: Fields<'_>) -> Option<()> {
    let declared = |values: &[u8]| values.len().saturating_sub(HEADER_LEN);
    let found = declared(&fields.values());
    let control = fields.number(1, "control", control_text)?;
    let control = Control::from(u8::try_from(control).ok()?);
    let kind = fields.number(1, "packet type", |octet| {
        u8::try_from(octet)
            .map_or_else(|_| String::new(), |octet| PacketType::from(octet).to_string())
    })?;
    let kind = PacketType::from(u8::try_from(kind).ok()?);
    fields.plain(1, "seq")?;
    fields.number(1, "length", |length| match usize::try_from(length) {
        Ok(length) if length == found => length.to_string(),
        _ => format!("{length}, BUT {found} FOLLOW"),
    })?;
    explain_body(fields, kind, control.is_response())
}

fn control_text(octet: u64) -> String {
    let Ok(octet) = u8::try_from(octet) else { return String::new() };
    let control = Control::from(octet);
    let mut text = match (control.is_response(), control.is_reliable()) {
        (false, false) => "data, best effort",
        (false, true) => "data, wants an acknowledgement",
        (true, _) => "response or acknowledgement",
    }
    .to_owned();
    if octet & !3 != 0 {
        text += ", unknown bits set";
    }
    text
}

fn explain_body(mut fields: Fields<'_>, kind: PacketType, is_response: bool) -> Option<()> {
    match kind {
        PacketType::Hello => {
            fields.plain(1, "version")?;
            fields.plain(1, "cliSeqNo")?;
            fields.plain(1, "mode")?;
        }
        PacketType::HelloResponse => {
            fields.number(1, "successCode", |code| match code {
                0 => "0, ok".to_owned(),
                1 => "1, unsupported version".to_owned(),
                2 => "2, invalid mode".to_owned(),
                other => format!("{other}, unknown"),
            })?;
            for name in ["version", "mgrSeqNo", "cliSeqNo", "mode"] {
                fields.plain(1, name)?;
            }
        }
        PacketType::ManagerHello => {
            fields.plain(1, "version")?;
            fields.plain(1, "mode")?;
        }
        PacketType::Notification if !is_response => return explain_notification(fields),
        _ if is_response => {
            let code = fields.number(1, "RC", response_code)?;
            if code == 0 {
                explain_response(&mut fields, kind)?;
            }
        }
        PacketType::Subscribe => {
            fields.number(4, "filter", mask)?;
            fields.number(4, "unackFilter", mask)?;
        }
        PacketType::SendData => {
            fields.octets(8, "macAddress", mac)?;
            fields.number(1, "priority", |priority| match priority {
                0 => "0, low".to_owned(),
                1 => "1, medium".to_owned(),
                2 => "2, high".to_owned(),
                other => other.to_string(),
            })?;
            fields.plain(2, "srcPort")?;
            let port = fields.plain(2, "dstPort")?;
            fields.plain(1, "options")?;
            if port == u64::from(oap_core::UDP_PORT) {
                return explain_oap(fields.into_layer(Layer::Oap));
            }
        }
        _ => {}
    }
    fields.remainder("not known here");
    Some(())
}

fn explain_response(fields: &mut Fields<'_>, kind: PacketType) -> Option<()> {
    match kind {
        PacketType::GetTime => explain_time(fields)?,
        PacketType::GetSystemInfo => {
            fields.octets(8, "macAddress", mac)?;
            for name in ["hwModel", "hwRev", "swMajor", "swMinor", "swPatch"] {
                fields.plain(1, name)?;
            }
            fields.plain(2, "swBuild")?;
        }
        PacketType::GetNetworkInfo => {
            fields.plain(2, "numMotes")?;
            fields.number(2, "asnSize", |micros| format!("{micros} µs"))?;
            fields.number(1, "advertisementState", |state| on_off(state, "on", "off"))?;
            fields.number(1, "downFrameState", |state| on_off(state, "normal", "long"))?;
            fields.number(1, "netReliability", |percent| format!("{percent} %"))?;
            fields.number(1, "netPathStability", |percent| format!("{percent} %"))?;
            fields.number(4, "netLatency", |millis| format!("{millis} ms"))?;
            fields.number(1, "netState", |state| on_off(state, "operational", "other"))?;
            fields.octets(16, "ipv6Address", ipv6)?;
            fields.plain(4, "numLostPackets")?;
            fields.plain(8, "numArrivedPackets")?;
            fields.plain(1, "maxNumbHops")?;
        }
        PacketType::SendData => {
            fields.plain(4, "callbackId")?;
        }
        _ => {}
    }
    Some(())
}

/// The manager's clocks, in `getTime` and in an event.
pub(super) fn explain_time(fields: &mut Fields<'_>) -> Option<()> {
    fields.number(4, "uptime", |secs| format!("{secs} s"))?;
    let secs = fields.plain(8, "utcSecs")?;
    fields.number(4, "utcUsecs", |usecs| format!("{usecs}: {}", moment(secs, usecs)))?;
    fields.number(5, "asn", |asn| format!("slot {asn}"))?;
    fields.number(2, "asnOffset", |micros| format!("{micros} µs"))?;
    Some(())
}

fn on_off(state: u64, zero: &str, other: &str) -> String {
    format!("{state}, {}", if state == 0 { zero } else { other })
}

fn ipv6(octets: &[u8]) -> String {
    <[u8; 16]>::try_from(octets)
        .map_or_else(|_| String::new(), |octets| core::net::Ipv6Addr::from(octets).to_string())
}

fn mask(bits: u64) -> String {
    let mask = NotificationMask(u32::try_from(bits).unwrap_or(u32::MAX));
    let names = [
        (NotificationMask::EVENT, "events"),
        (NotificationMask::LOG, "log"),
        (NotificationMask::DATA, "data"),
        (NotificationMask::IP_DATA, "ipData"),
        (NotificationMask::HEALTH_REPORT, "health reports"),
    ];
    let known = names.iter().fold(0, |known, (bit, _)| known | bit.0);
    let mut set: Vec<String> = names
        .into_iter()
        .filter(|&(bit, _)| mask.contains(bit))
        .map(|(_, name)| name.to_owned())
        .collect();
    if mask.0 & !known != 0 {
        set.push(format!("unknown {:#x}", mask.0 & !known));
    }
    if set.is_empty() { "none".to_owned() } else { set.join(", ") }
}
