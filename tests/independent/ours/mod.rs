//! What clouddata's cores make of a frame, under the vendor's names.

mod notification;
mod oap;
mod request;
mod response;

use clouddata_simulator::RecordedFrame;
use hdlc_core::Decoder;
use manager_core::{
    Hello, HelloResponse, MAX_FRAME_LEN, ManagerHello, Packet, PacketType, Request, Response,
};
use serde_json::{Map, Value, json};

/// Everything in a frame.
pub(crate) fn decoded(frame: &RecordedFrame) -> Value {
    let mut decoder = Decoder::<MAX_FRAME_LEN>::new();
    let payload = decoder.feed(&frame.octets).outcome.expect("a whole one").expect("a good one");
    let packet = Packet::parse(payload).expect("a packet");
    let mut all = Map::new();
    all.insert("side".into(), if frame.is_clients { ">" } else { "<" }.into());
    all.insert("control".into(), u8::from(packet.control).into());
    all.insert("type".into(), u8::from(packet.packet_type).into());
    all.insert("seq".into(), packet.seq.into());
    let fields = fields(&packet);
    all.extend(fields.as_object().expect("names and values").clone());
    Value::Object(all)
}

fn fields(packet: &Packet<'_>) -> Value {
    let (packet_type, body) = (packet.packet_type, packet.body);
    let is_response = packet.control.is_response();
    match packet_type {
        PacketType::Hello => {
            let hello = Hello::parse(body).expect("a hello");
            json!({"version": hello.version, "cliSeqNo": hello.cli_seq_no, "mode": hello.mode})
        }
        PacketType::HelloResponse => {
            let response = HelloResponse::parse(body).expect("its response");
            json!({
                "successCode": u8::from(response.success_code),
                "version": response.version,
                "mgrSeqNo": response.mgr_seq_no,
                "cliSeqNo": response.cli_seq_no,
                "mode": response.mode,
            })
        }
        PacketType::ManagerHello => {
            let hello = ManagerHello::parse(body).expect("the manager's hello");
            json!({"version": hello.version, "mode": hello.mode})
        }
        PacketType::Notification if is_response => json!({"rc": body[0]}),
        PacketType::Notification => notification::fields(body),
        _ if is_response => {
            let response = Response::parse(packet_type, body).expect("a response");
            response::fields(&response)
        }
        _ => request::fields(&Request::parse(packet_type, body).expect("a request")),
    }
}

/// Octets in hexadecimal digits.
fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn mac(mac: manager_core::MacAddress) -> String {
    mac.to_string()
}
