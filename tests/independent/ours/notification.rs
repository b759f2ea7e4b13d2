use manager_core::Notification;
use manager_core::notification::health_report::{Block, DeviceReport};
use manager_core::notification::{Event, EventKind, HealthReport};
use oap_core::UDP_PORT;
use serde_json::{Value, json};

use super::{hex, mac, oap, response};

pub(super) fn fields(body: &[u8]) -> Value {
    match Notification::parse(body).expect("a notification") {
        Notification::Event(event) => self::event(&event),
        Notification::Log(log) => json!({
            "notification": 2,
            "macAddress": mac(log.mac_address),
            "logMsg": hex(log.log_msg),
        }),
        Notification::Data(data) => {
            let mut fields = json!({
                "notification": 4,
                "utcSecs": data.utc.secs,
                "utcUsecs": data.utc.usecs,
                "macAddress": mac(data.mac_address),
                "srcPort": data.src_port,
                "dstPort": data.dst_port,
            });
            if data.dst_port == UDP_PORT {
                fields["oap"] = oap::fields(data.data);
            } else {
                fields["data"] = hex(data.data).into();
            }
            fields
        }
        Notification::HealthReport(report) => health_report(&report),
        other => panic!("no recording has {other:?}"),
    }
}

fn event(event: &Event<'_>) -> Value {
    let mut fields = match event.kind {
        EventKind::NetworkReset => json!({}),
        EventKind::MoteReset(of)
        | EventKind::MoteJoin(of)
        | EventKind::MoteOperational(of)
        | EventKind::MoteLost(of)
        | EventKind::InvalidMic(of) => json!({"macAddress": mac(of)}),
        EventKind::CommandFinished { callback_id, outcome } => {
            json!({"callbackId": callback_id, "rc": u8::from(outcome)})
        }
        EventKind::PacketSent { callback_id, rc } => json!({"callbackId": callback_id, "rc": rc}),
        EventKind::NetworkTime(info) => response::time(&info),
        EventKind::PingResponse { callback_id, mac_address, answer } => json!({
            "callbackId": callback_id,
            "macAddress": mac(mac_address),
            "delay": answer.map_or(u32::MAX, |answer| answer.delay),
            "voltage": answer.map_or(0, |answer| answer.voltage),
            "temperature": answer.map_or(0, |answer| answer.temperature),
        }),
        EventKind::PathCreate { source, dest, direction }
        | EventKind::PathDelete { source, dest, direction } => {
            json!({"source": mac(source), "dest": mac(dest), "direction": u8::from(direction)})
        }
        EventKind::MoteCreate { mac_address, mote_id }
        | EventKind::MoteDelete { mac_address, mote_id } => {
            json!({"macAddress": mac(mac_address), "moteId": mote_id})
        }
        EventKind::JoinFailed { mac_address, reason } => {
            json!({"macAddress": mac(mac_address), "reason": u8::from(reason)})
        }
        other => panic!("no recording has {other:?}"),
    };
    fields["notification"] = 1.into();
    fields["eventId"] = event.event_id.into();
    fields["eventType"] = event.kind.event_type().into();
    fields
}

fn health_report(report: &HealthReport<'_>) -> Value {
    let blocks = report.blocks().map(|block| {
        let block = block.expect("a block");
        let mut fields = match &block {
            Block::Device(report) => device(report),
            Block::Neighbors(neighbors) => {
                let neighbors = neighbors.iter().map(|neighbor| {
                    json!({
                        "neighborId": neighbor.neighbor_id,
                        "neighborFlag": neighbor.neighbor_flag,
                        "rssi": neighbor.rssi.0,
                        "numTxPackets": neighbor.num_tx_packets,
                        "numTxFailures": neighbor.num_tx_failures,
                        "numRxPackets": neighbor.num_rx_packets,
                    })
                });
                json!({"neighbors": neighbors.collect::<Vec<_>>()})
            }
            Block::DiscoveredNeighbors(neighbors) => {
                let heard = neighbors.iter().map(|neighbor| {
                    json!({
                        "neighborId": neighbor.neighbor_id,
                        "rssi": neighbor.rssi.0,
                        "numRx": neighbor.num_rx,
                    })
                });
                json!({
                    "numJoinParents": neighbors.num_join_parents,
                    "discovered": heard.collect::<Vec<_>>(),
                })
            }
            Block::Channels(channels) => {
                let channels = channels.iter().map(|channel| {
                    json!({
                        "idleRssi": channel.idle_rssi.0,
                        "txUnicastAttempts": channel.tx_unicast_attempts,
                        "txUnicastFailures": channel.tx_unicast_failures,
                    })
                });
                json!({"extType": 1, "channels": channels.collect::<Vec<_>>()})
            }
            other => panic!("no recording has {other:?}"),
        };
        fields["id"] = block.id().into();
        fields
    });
    json!({
        "notification": 6,
        "macAddress": mac(report.mac_address),
        "blocks": blocks.collect::<Vec<_>>(),
    })
}

fn device(report: &DeviceReport) -> Value {
    let worst = report.worst_link;
    let mut fields = json!({
        "charge": report.charge,
        "queueOcc": report.queue_occ.0,
        "temperature": report.temperature,
        "batteryVoltage": report.battery_voltage,
        "numTxOk": report.num_tx_ok,
        "numTxFail": report.num_tx_fail,
        "numRxOk": report.num_rx_ok,
        "numRxLost": report.num_rx_lost,
        "numMacDropped": report.num_mac_dropped,
        "numTxBad": worst.num_tx_bad,
        "badLinkFrameId": worst.frame_id,
        "badLinkSlot": worst.slot,
        "badLinkOffset": worst.offset,
    });
    for (name, value) in [
        ("numNetMicErr", report.num_net_mic_err),
        ("numMacMicErr", report.num_mac_mic_err),
        ("numMacCrcErr", report.num_mac_crc_err),
    ] {
        if let Some(value) = value {
            fields[name] = value.into();
        }
    }
    fields
}
