//! Every message of the serial API: what parses emits, and what was emitted parses to the same.
//!
//! Input: the payload of a frame.

use manager_core::notification::HealthReport;
use manager_core::notification::health_report::Block;
use manager_core::{
    EmitError, Hello, HelloResponse, MacAddress, ManagerHello, Notification, Packet, PacketType,
    ParseError, Request, Response,
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
    check_blocks(body);
}

/// The blocks of a health report: each good one comes back, and none takes octets of another.
fn check_blocks(payload: &[u8]) {
    let report = HealthReport { mac_address: MacAddress::default(), payload };
    let mut rest = payload;
    for block in report.blocks() {
        let [id, length, behind @ ..] = rest else {
            assert!(block.is_err(), "a block of less than its head");
            rest = &[];
            continue;
        };
        let Some((body, next)) = behind.split_at_checked((*length).into()) else {
            assert!(block.is_err(), "a block that goes beyond the end");
            rest = &[];
            continue;
        };
        rest = next;
        assert_eq!(block, Block::parse(*id, body));
        let Ok(block) = block else { continue };
        let whole = emitted(block.buffer_len(), body.len() + 2, |buffer| block.emit(buffer));
        assert_eq!(Block::parse(*id, &whole[2..]), Ok(block));
        if let Block::Neighbors(neighbors) = block {
            assert!(neighbors.iter().all(|neighbor| {
                neighbor.stability().is_none_or(|share| (0.0..=1.0).contains(&share))
            }));
        }
    }
    assert!(rest.is_empty(), "not all octets are in blocks");
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
