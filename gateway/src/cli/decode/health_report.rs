//! A mote's health report: blocks, each with a number and a length.

use super::fields::Fields;
use super::meaning::Layout;
use super::meaning::Meaning::{Names, Plain, Rssi, Signed, Unit};

const DEVICE: Layout = &[
    (4, "charge", Unit("mC")),
    (1, "queueOcc", Plain),
    (1, "temperature", Signed("°C")),
    (2, "batteryVoltage", Unit("mV")),
    (2, "numTxOk", Plain),
    (2, "numTxFail", Plain),
    (2, "numRxOk", Plain),
    (2, "numRxLost", Plain),
    (1, "numMacDropped", Plain),
    (1, "numTxBad", Plain),
    (1, "badLinkFrameId", Plain),
    (4, "badLinkSlot", Plain),
    (1, "badLinkOffset", Plain),
];
const DEVICE_APPENDED: Layout =
    &[(1, "numNetMicErr", Plain), (1, "numMacMicErr", Plain), (1, "numMacCrcErr", Plain)];
const NEIGHBOR: Layout = &[
    (2, "neighborId", Plain),
    (1, "neighborFlag", Plain),
    (1, "rssi", Rssi),
    (2, "numTxPackets", Plain),
    (2, "numTxFailures", Plain),
    (2, "numRxPackets", Plain),
];
const DISCOVERED_NEIGHBOR: Layout =
    &[(2, "neighborId", Plain), (1, "rssi", Rssi), (1, "numRx", Plain)];
const CHANNEL: Layout =
    &[(1, "idleRssi", Rssi), (2, "txUnicastAttempts", Plain), (2, "txUnicastFailures", Plain)];

/// Explains the blocks of a report.
pub(super) fn explain_blocks(fields: &mut Fields<'_>) -> Option<()> {
    while !fields.is_empty() {
        let id = fields.number(1, "block", |id| {
            let name = match id {
                0x80 => "device",
                0x81 => "neighbors",
                0x82 => "discovered neighbors",
                0x91 => "extended",
                _ => "unknown",
            };
            format!("{id:#04x}, {name}")
        })?;
        let length = fields.plain(1, "length")?;
        let mut body = fields.part(usize::try_from(length).ok()?)?;
        explain_block(&mut body, id);
        body.remainder("not known here");
    }
    Some(())
}

fn explain_block(fields: &mut Fields<'_>, id: u64) -> Option<()> {
    match id {
        0x80 => {
            fields.layout(DEVICE)?;
            fields.appended(DEVICE_APPENDED)
        }
        0x81 => {
            let count = fields.plain(1, "numItems")?;
            fields.items(count, NEIGHBOR)
        }
        0x82 => {
            fields.plain(1, "numJoinParents")?;
            let count = fields.plain(1, "numItems")?;
            fields.items(count, DISCOVERED_NEIGHBOR)
        }
        0x91 => {
            fields.layout(&[(1, "extType", Names(&["", "channels"])), (1, "extLength", Plain)])?;
            let channels = fields.values().len() as u64 / 5;
            fields.items(channels, CHANNEL)
        }
        _ => Some(()),
    }
}
