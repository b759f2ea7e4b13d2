//! The golden vectors: made by an existing client's own encoder, and read by its own parser.

#[path = "vectors/golden.rs"]
mod golden;

use hdlc_core::{Decoder, Encoder};
use manager_core::notification::{EventKind, PingAnswer};
use manager_core::{
    Control, Hello, HelloResponse, MacAddress, NetworkInfo, Notification, NotificationMask, Packet,
    PacketType, Request, Response, SendData, Subscribe, SuccessCode, SystemInfo, TimeInfo, UtcTime,
};
use serde_json::Value;

use golden::{octets, vectors};

fn array<const N: usize>(hex: &Value) -> [u8; N] {
    octets(hex).try_into().expect("the array's length")
}

fn number<T: TryFrom<u64>>(value: &Value) -> T {
    value.as_u64().and_then(|number| number.try_into().ok()).expect("a number in range")
}

/// A field given as a list of octets.
fn list(value: &Value) -> Vec<u8> {
    value.as_array().expect("a list").iter().map(number).collect()
}

fn mask(value: &Value) -> NotificationMask {
    NotificationMask(u32::from_be_bytes(list(value).try_into().expect("four octets")))
}

fn payload(frame: &[u8]) -> Vec<u8> {
    let mut decoder = Decoder::<128>::new();
    let fed = decoder.feed(&frame[1..]);
    assert_eq!(fed.outcome, None, "one flag opens the frame");
    decoder.reset();
    let mut rest = frame;
    while !rest.is_empty() {
        let fed = decoder.feed(rest);
        if let Some(outcome) = fed.outcome {
            return outcome.expect("a good frame").to_vec();
        }
        rest = &rest[fed.consumed..];
    }
    panic!("no frame");
}

fn emit(buffer_len: usize, emit: impl FnOnce(&mut [u8]) -> usize) -> Vec<u8> {
    let mut buffer = vec![0; buffer_len];
    assert_eq!(emit(&mut buffer), buffer_len);
    buffer
}

#[test]
fn every_command() {
    let vectors = vectors("commands.json");
    assert_eq!(vectors.len(), 8);
    for vector in &vectors {
        let (name, fields) = (vector["name"].as_str().expect("a name"), &vector["fields"]);
        let data = if name == "sendData" { list(&fields["data"]) } else { Vec::new() };
        let request = match name {
            "hello" => {
                let hello = Hello {
                    version: number(&fields["version"]),
                    cli_seq_no: number(&fields["cliSeqNo"]),
                    mode: number(&fields["mode"]),
                };
                let frame = octets(&vector["frame"]);
                let payload = payload(&frame);
                let packet = Packet::parse(&payload).expect("a packet");
                assert_eq!(Hello::parse(packet.body), Ok(hello));
                let body = emit(hello.buffer_len(), |buffer| hello.emit(buffer).expect("room"));
                let (control, packet_type) = (Control::BEST_EFFORT, PacketType::Hello);
                let packet = Packet { control, packet_type, seq: 0, body: &body };
                let payload =
                    emit(packet.buffer_len(), |buffer| packet.emit(buffer).expect("room"));
                assert_eq!(Encoder::new(&payload).collect::<Vec<_>>(), frame);
                continue;
            }
            "subscribe" => Request::Subscribe(Subscribe {
                filter: mask(&fields["filter"]),
                unack_filter: mask(&fields["unackFilter"]),
            }),
            "getTime" => Request::GetTime,
            "getSystemInfo" => Request::GetSystemInfo,
            "getNetworkInfo" => Request::GetNetworkInfo,
            "getNetworkConfig" => Request::GetNetworkConfig,
            "sendData" => Request::SendData(SendData {
                mac_address: MacAddress(list(&fields["macAddress"]).try_into().expect("a mac")),
                priority: number(&fields["priority"]),
                src_port: number(&fields["srcPort"]),
                dst_port: number(&fields["dstPort"]),
                options: number(&fields["options"]),
                data: &data,
            }),
            other => panic!("{other}"),
        };
        let body = emit(request.buffer_len(), |buffer| request.emit(buffer).expect("room"));
        let packet_type = request.packet_type();
        let seq = number(&vector["packet_id"]);
        let packet = Packet { control: Control::RELIABLE, packet_type, seq, body: &body };
        let encoded = emit(packet.buffer_len(), |buffer| packet.emit(buffer).expect("room"));
        let frame = octets(&vector["frame"]);
        assert_eq!(Encoder::new(&encoded).collect::<Vec<_>>(), frame, "{name}");

        let decoded = payload(&frame);
        let packet = Packet::parse(&decoded).expect("a packet");
        assert!(packet.control.is_reliable() && !packet.control.is_response());
        assert_eq!(Request::parse(packet.packet_type, packet.body), Ok(request), "{name}");
    }
}

#[test]
fn every_response() {
    let vectors = vectors("responses.json");
    assert_eq!(vectors.len(), 5);
    for vector in &vectors {
        let (name, fields) = (vector["name"].as_str().expect("a name"), &vector["fields"]);
        let body = octets(&vector["payload"]);
        let response = match name {
            "hello_response" => {
                let response = HelloResponse {
                    success_code: SuccessCode::from(number::<u8>(&fields["successCode"])),
                    version: number(&fields["version"]),
                    mgr_seq_no: number(&fields["mgrSeqNo"]),
                    cli_seq_no: number(&fields["cliSeqNo"]),
                    mode: number(&fields["mode"]),
                };
                assert_eq!(HelloResponse::parse(&body), Ok(response));
                let len = response.buffer_len();
                assert_eq!(emit(len, |buffer| response.emit(buffer).expect("room")), body);
                continue;
            }
            "getTime" => Response::GetTime(time_info(fields)),
            "getSystemInfo" => Response::GetSystemInfo(SystemInfo {
                mac_address: MacAddress(array(&fields["macAddress"])),
                hw_model: number(&fields["hwModel"]),
                hw_rev: number(&fields["hwRev"]),
                sw_major: number(&fields["swMajor"]),
                sw_minor: number(&fields["swMinor"]),
                sw_patch: number(&fields["swPatch"]),
                sw_build: number(&fields["swBuild"]),
            }),
            "getNetworkInfo" => {
                let mut info = NetworkInfo::default();
                info.num_motes = number(&fields["numMotes"]);
                info.asn_size = number(&fields["asnSize"]);
                info.advertisement_state = number(&fields["advertisementState"]);
                info.down_frame_state = number(&fields["downFrameState"]);
                info.net_reliability = number(&fields["netReliability"]);
                info.net_path_stability = number(&fields["netPathStability"]);
                info.net_latency = number(&fields["netLatency"]);
                info.net_state = number::<u8>(&fields["netState"]).into();
                info.ipv6_address = array(&fields["ipv6Address"]);
                info.num_lost_packets = Some(number(&fields["numLostPackets"]));
                info.num_arrived_packets = Some(number(&fields["numArrivedPackets"]));
                info.max_numb_hops = Some(number(&fields["maxNumbHops"]));
                Response::GetNetworkInfo(info)
            }
            other => panic!("{other}"),
        };
        assert_eq!(fields["RC"], 0);
        assert_eq!(Response::parse(response.packet_type(), &body), Ok(response.clone()), "{name}");
        let len = response.buffer_len();
        assert_eq!(emit(len, |buffer| response.emit(buffer).expect("room")), body, "{name}");
    }
}

fn time_info(fields: &Value) -> TimeInfo {
    TimeInfo {
        uptime: number(&fields["uptime"]),
        utc: UtcTime {
            secs: fields["utcSecs"].as_i64().expect("seconds"),
            usecs: number(&fields["utcUsecs"]),
        },
        asn: array(&fields["asn"]),
        asn_offset: number(&fields["asnOffset"]),
    }
}

#[test]
fn every_event_log_ip_data_and_health_report() {
    let vectors = vectors("events.json");
    assert_eq!(vectors.len(), 16);
    for vector in &vectors {
        let fields = &vector["fields"];
        let name = vector["names"].as_array().expect("a list").last().expect("a name");
        let name = name.as_str().expect("a name");
        let body = octets(&vector["payload"]);
        let notification = Notification::parse(&body).expect("a notification");
        let len = notification.buffer_len();
        assert_eq!(emit(len, |buffer| notification.emit(buffer).expect("room")), body, "{name}");

        let mac = |field: &str| MacAddress(array(&fields[field]));
        let mac_address = || mac("macAddress");
        let kind = match notification {
            Notification::Event(event) => {
                assert_eq!(event.event_id, number::<u32>(&fields["eventId"]));
                event.kind
            }
            Notification::Log(log) => {
                assert_eq!(name, "notifLog");
                assert_eq!(log.mac_address, mac_address());
                assert_eq!(log.log_msg, octets(&fields["logMsg"]));
                continue;
            }
            Notification::IpData(ip_data) => {
                assert_eq!(name, "notifIpData");
                assert_eq!(ip_data.mac_address, mac_address());
                assert_eq!(ip_data.utc.secs, fields["utcSecs"].as_i64().expect("seconds"));
                assert_eq!(ip_data.utc.usecs, number::<u32>(&fields["utcUsecs"]));
                assert_eq!(ip_data.packet, octets(&fields["data"]));
                continue;
            }
            Notification::HealthReport(report) => {
                assert_eq!(name, "notifHealthReport");
                assert_eq!(report.mac_address, mac_address());
                assert_eq!(report.payload, octets(&fields["payload"]));
                continue;
            }
            other => panic!("{other:?}"),
        };
        let expected = match name {
            "eventMoteReset" => EventKind::MoteReset(mac_address()),
            "eventNetworkReset" => EventKind::NetworkReset,
            "eventMoteJoin" => EventKind::MoteJoin(mac_address()),
            "eventMoteOperational" => EventKind::MoteOperational(mac_address()),
            "eventMoteLost" => EventKind::MoteLost(mac_address()),
            "eventNetworkTime" => EventKind::NetworkTime(time_info(fields)),
            "eventPingResponse" => EventKind::PingResponse {
                callback_id: number(&fields["callbackId"]),
                mac_address: mac_address(),
                answer: Some(PingAnswer {
                    delay: number(&fields["delay"]),
                    voltage: number(&fields["voltage"]),
                    temperature: number(&fields["temperature"]),
                }),
            },
            "eventPathCreate" => EventKind::PathCreate {
                source: mac("source"),
                dest: mac("dest"),
                direction: number::<u8>(&fields["direction"]).into(),
            },
            "eventPathDelete" => EventKind::PathDelete {
                source: mac("source"),
                dest: mac("dest"),
                direction: number::<u8>(&fields["direction"]).into(),
            },
            "eventPacketSent" => EventKind::PacketSent {
                callback_id: number(&fields["callbackId"]),
                rc: number(&fields["rc"]),
            },
            "eventMoteCreate" => EventKind::MoteCreate {
                mac_address: mac_address(),
                mote_id: number(&fields["moteId"]),
            },
            "eventMoteDelete" => EventKind::MoteDelete {
                mac_address: mac_address(),
                mote_id: number(&fields["moteId"]),
            },
            "eventJoinFailed" => EventKind::JoinFailed {
                mac_address: mac_address(),
                reason: number::<u8>(&fields["reason"]).into(),
            },
            other => panic!("{other}"),
        };
        assert_eq!(kind, expected, "{name}");
    }
}

#[test]
fn every_data_notification_down_to_its_payload() {
    let vectors = vectors("oap_notifications.json");
    assert_eq!(vectors.len(), 64);
    for vector in &vectors {
        let frame = octets(&vector["frame"]);
        let payload = payload(&frame);
        assert_eq!(payload, octets(&vector["packet"]));
        let packet = Packet::parse(&payload).expect("a packet");
        assert_eq!(packet.packet_type, PacketType::Notification);
        assert_eq!(packet.seq, number::<u8>(&vector["seq"]));
        assert_eq!(packet.control.is_reliable(), vector["acknowledged"]);
        let notification = Notification::parse(packet.body).expect("a notification");
        let Notification::Data(data) = notification else { panic!("{notification:?}") };
        assert_eq!(data.mac_address.to_string(), vector["mac"]);
        assert_eq!(data.utc.secs, vector["utc_secs"].as_i64().expect("seconds"));
        assert_eq!(data.utc.usecs, number::<u32>(&vector["utc_usecs"]));
        assert_eq!(data.src_port, number::<u16>(&vector["src_port"]));
        assert_eq!(data.dst_port, number::<u16>(&vector["dst_port"]));
        assert_eq!(data.data, octets(&vector["oap"]));

        let len = notification.buffer_len();
        let body = emit(len, |buffer| notification.emit(buffer).expect("room"));
        let packet = Packet { body: &body, ..packet };
        let emitted = emit(packet.buffer_len(), |buffer| packet.emit(buffer).expect("room"));
        assert_eq!(Encoder::new(&emitted).collect::<Vec<_>>(), frame);
    }
}
