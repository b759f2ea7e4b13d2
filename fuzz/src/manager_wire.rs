//! Every message of the serial API: what parses emits, and what was emitted parses to the same.
//!
//! Input: the payload of a frame.

use manager_core::{
    EmitError, Hello, HelloResponse, ManagerHello, NetworkInfo, Notification, Packet, PacketType,
    ParseError, Request, Response, SendData, SendDataResponse, Subscribe, SystemInfo, TimeInfo,
};

/// Parses `$octets`; if that gives a message, emits it and parses it again.
macro_rules! round_trip {
    ($octets:expr, $parse:expr) => {
        if let Ok(message) = $parse($octets) {
            let emitted = emitted(message.buffer_len(), $octets.len(), |b| message.emit(b));
            assert_eq!($parse(&emitted), Ok(message));
        }
    };
}

/// Panics if the property does not hold for `data`.
pub fn check(data: &[u8]) {
    if let Ok(packet) = Packet::parse(data) {
        let emitted = emitted(packet.buffer_len(), data.len(), |buffer| packet.emit(buffer));
        assert_eq!(emitted, data);
        check_body(packet.packet_type, packet.body);
    }
    // Without a header too, as a fuzzer seldom guesses its length.
    if let Some((&packet_type, body)) = data.split_first() {
        check_body(packet_type.into(), body);
    }
}

fn check_body(packet_type: PacketType, body: &[u8]) {
    // Spelt out, as a closure takes octets of one lifetime only.
    fn request(packet_type: PacketType) -> impl Fn(&[u8]) -> Result<Request<'_>, ParseError> {
        move |body| Request::parse(packet_type, body)
    }
    fn response(packet_type: PacketType) -> impl Fn(&[u8]) -> Result<Response<'_>, ParseError> {
        move |body| Response::parse(packet_type, body)
    }
    round_trip!(body, request(packet_type));
    round_trip!(body, response(packet_type));
    round_trip!(body, Notification::parse);
    round_trip!(body, Hello::parse);
    round_trip!(body, HelloResponse::parse);
    round_trip!(body, ManagerHello::parse);
    round_trip!(body, Subscribe::parse);
    round_trip!(body, SendData::parse);
    round_trip!(body, SendDataResponse::parse);
    round_trip!(body, TimeInfo::parse);
    round_trip!(body, SystemInfo::parse);
    round_trip!(body, NetworkInfo::parse);
}

/// What `emit` writes, which must be as long as announced and no longer than what was parsed.
fn emitted(
    length: usize,
    parsed: usize,
    emit: impl Fn(&mut [u8]) -> Result<usize, EmitError>,
) -> Vec<u8> {
    assert!(length <= parsed);
    let mut buffer = vec![0xA5; length + 1];
    assert_eq!(emit(&mut buffer), Ok(length));
    assert_eq!(buffer.pop(), Some(0xA5), "written beyond its length");
    if length > 0 {
        emit(&mut vec![0; length - 1]).expect_err("a buffer too small is enough");
    }
    buffer
}
