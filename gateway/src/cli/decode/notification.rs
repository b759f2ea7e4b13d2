//! What the manager reports by itself.

use super::fields::{Fields, Layer};
use super::oap::explain_oap;
use super::packet::explain_time;
use super::text::{mac, moment, response_code};

/// Explains the body of a notification.
pub(super) fn explain_notification(mut fields: Fields<'_>) -> Option<()> {
    let kind = fields.number(1, "type", |kind| {
        let name = match kind {
            1 => "event",
            2 => "log",
            4 => "data",
            5 => "ipData",
            6 => "healthReport",
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
            fields.remainder("report");
        }
        _ => {}
    }
    fields.remainder("not known here");
    Some(())
}

fn explain_sender(fields: &mut Fields<'_>) -> Option<()> {
    let secs = fields.plain(8, "utcSecs")?;
    fields.number(4, "utcUsecs", |usecs| format!("{usecs}: {}", moment(secs, usecs)))?;
    fields.octets(8, "macAddress", mac)?;
    Some(())
}

fn explain_event(fields: &mut Fields<'_>) -> Option<()> {
    fields.plain(4, "eventId")?;
    let kind = fields.number(1, "eventType", |kind| format!("{kind}, {}", event(kind)))?;
    match kind {
        0 | 3 | 4 | 5 => {
            fields.octets(8, "macAddress", mac)?;
        }
        2 | 12 => {
            fields.plain(4, "callbackId")?;
            fields.number(1, "RC", response_code)?;
        }
        6 => explain_time(fields)?,
        7 => {
            fields.plain(4, "callbackId")?;
            fields.octets(8, "macAddress", mac)?;
            fields.number(4, "delay", |millis| format!("{millis} ms"))?;
            fields.number(2, "voltage", |millivolts| format!("{millivolts} mV"))?;
            fields.octets(1, "temperature", |octets| {
                octets
                    .first()
                    .map_or_else(String::new, |octet| format!("{} °C", octet.cast_signed()))
            })?;
        }
        10 | 11 => {
            fields.octets(8, "source", mac)?;
            fields.octets(8, "dest", mac)?;
            fields.number(1, "direction", |direction| {
                let name = match direction {
                    0 => "none",
                    1 => "unused",
                    2 => "upstream",
                    3 => "downstream",
                    _ => "unknown",
                };
                format!("{direction}, {name}")
            })?;
        }
        13 | 14 => {
            fields.octets(8, "macAddress", mac)?;
            fields.plain(2, "moteId")?;
        }
        15 => {
            fields.octets(8, "macAddress", mac)?;
            fields.plain(1, "reason")?;
        }
        _ => {}
    }
    Some(())
}

const fn event(kind: u64) -> &'static str {
    match kind {
        0 => "moteReset",
        1 => "networkReset",
        2 => "commandFinished",
        3 => "moteJoin",
        4 => "moteOperational",
        5 => "moteLost",
        6 => "networkTime",
        7 => "pingResponse",
        10 => "pathCreate",
        11 => "pathDelete",
        12 => "packetSent",
        13 => "moteCreate",
        14 => "moteDelete",
        15 => "joinFailed",
        _ => "unknown",
    }
}
