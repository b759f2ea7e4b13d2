//! The manager's serial API: header and body of a packet.

use manager_core::{Control, HEADER_LEN, PacketType};

use super::command::{explain_request, explain_response};
use super::fields::Fields;
use super::meaning::Meaning::{Names, Plain};
use super::notification::explain_notification;
use super::text::response_code;

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
            fields.layout(&[(1, "version", Plain), (1, "cliSeqNo", Plain), (1, "mode", Plain)])?;
        }
        PacketType::HelloResponse => fields.layout(&[
            (1, "successCode", Names(&["ok", "unsupported version", "invalid mode"])),
            (1, "version", Plain),
            (1, "mgrSeqNo", Plain),
            (1, "cliSeqNo", Plain),
            (1, "mode", Plain),
        ])?,
        PacketType::ManagerHello => {
            fields.layout(&[(1, "version", Plain), (1, "mode", Plain)])?;
        }
        PacketType::Notification if !is_response => return explain_notification(fields),
        _ if is_response => {
            let code = fields.number(1, "RC", response_code)?;
            if code == 0 {
                explain_response(&mut fields, kind)?;
            }
        }
        _ => return explain_request(fields, kind),
    }
    fields.remainder("not known here");
    Some(())
}
