//! What the manager reports by itself.

use super::fields::{Fields, Layer};
use super::health_report::explain_blocks;
use super::meaning::Meaning::{Mac, Names, Plain, Signed, Unit};
use super::meaning::{DIRECTION, Layout};
use super::oap::explain_oap;
use super::text::mac;
use super::time::{explain_time, explain_utc};

/// Explains the body of a notification.
pub(super) fn explain_notification(mut fields: Fields<'_>) -> Option<()> {
    let kind = fields.number(1, "type", |kind| {
        let name = match kind {
            1 => "event",
            2 => "log",
            4 => "data",
            5 => "ipData",
            6 => "healthReport",
            7 => "radiotestStatsPER",
            _ => "unknown",
        };
        format!("{kind}, {name}")
    })?;
    match kind {
        1 => explain_event(&mut fields)?,
        2 => {
            fields.octets(8, "macAddress", mac)?;
            let text = fields.values();
            fields.octets(text.len(), "logMsg", |text| {
                format!("{:?}", String::from_utf8_lossy(text))
            })?;
        }
        4 => {
            explain_sender(&mut fields)?;
            fields.plain(2, "srcPort")?;
            let oap = u64::from(oap_core::UDP_PORT);
            let port = fields.number(2, "dstPort", |port| {
                if port == oap { format!("{port}, OAP") } else { port.to_string() }
            })?;
            if port == oap {
                return explain_oap(fields.into_layer(Layer::Oap));
            }
            fields.remainder("UDP payload");
        }
        5 => {
            explain_sender(&mut fields)?;
            fields.remainder("IP packet");
        }
        6 => {
            fields.octets(8, "macAddress", mac)?;
            explain_blocks(&mut fields)?;
        }
        7 => fields.layout(&[
            (2, "numRxOK", Plain),
            (2, "numRxErr", Plain),
            (2, "numRxInv", Plain),
            (2, "numRxMiss", Plain),
            (2, "perInt", Plain),
            (2, "perFrac", Plain),
        ])?,
        _ => {}
    }
    fields.remainder("not known here");
    Some(())
}

fn explain_sender(fields: &mut Fields<'_>) -> Option<()> {
    explain_utc(fields)?;
    fields.octets(8, "macAddress", mac)?;
    Some(())
}

fn explain_event(fields: &mut Fields<'_>) -> Option<()> {
    fields.plain(4, "eventId")?;
    let kind = fields.number(1, "eventType", |kind| format!("{kind}, {}", event(kind).0))?;
    match kind {
        6 => explain_time(fields),
        7 => {
            fields.layout(&[(4, "callbackId", Plain), (8, "macAddress", Mac)])?;
            fields.number(4, "delay", |millis| match millis {
                0xFFFF_FFFF => "none: the ping timed out".to_owned(),
                millis => format!("{millis} ms"),
            })?;
            fields.layout(&[(2, "voltage", Unit("mV")), (1, "temperature", Signed("°C"))])
        }
        kind => fields.layout(event(kind).1),
    }
}

/// An event's name and, where they say all, its fields.
const fn event(kind: u64) -> (&'static str, Layout) {
    const MOTE: Layout = &[(8, "macAddress", Mac)];
    const PATH: Layout = &[(8, "source", Mac), (8, "dest", Mac), (1, "direction", DIRECTION)];
    const NUMBERED: Layout = &[(8, "macAddress", Mac), (2, "moteId", Plain)];
    match kind {
        0 => ("moteReset", MOTE),
        1 => ("networkReset", &[]),
        2 => (
            "commandFinished",
            &[(4, "callbackId", Plain), (1, "rc", Names(&["ok", "not acknowledged", "timed out"]))],
        ),
        3 => ("moteJoin", MOTE),
        4 => ("moteOperational", MOTE),
        5 => ("moteLost", MOTE),
        6 => ("networkTime", &[]),
        7 => ("pingResponse", &[]),
        10 => ("pathCreate", PATH),
        11 => ("pathDelete", PATH),
        // Which numbers it has is not published.
        12 => ("packetSent", &[(4, "callbackId", Plain), (1, "rc", Plain)]),
        13 => ("moteCreate", NUMBERED),
        14 => ("moteDelete", NUMBERED),
        15 => (
            "joinFailed",
            &[
                (8, "macAddress", Mac),
                (
                    1,
                    "reason",
                    Names(&[
                        "its join counter was used before",
                        "it is not on the access control list",
                        "its join key is another",
                        "its request is unexpected",
                    ]),
                ),
            ],
        ),
        16 => ("invalidMIC", MOTE),
        _ => ("unknown", &[]),
    }
}
