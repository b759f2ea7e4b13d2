//! Golden vectors, made with an existing client, and the payloads that the vendor publishes.

#[path = "vectors/golden.rs"]
mod golden;

use oap_core::{
    Address, Body, Control, Id, Message, Method, Notification, Request, SampleSize, Samples,
    Timestamp, Tlv, Tlvs, UDP_PORT, tag::sensor,
};
use serde_json::Value;

use golden::{octets, vectors};

fn samples<'a>(message: &Message<'a>) -> Samples<'a> {
    match message.body {
        Body::Notification(Notification::Samples(samples)) => samples,
        _ => panic!("samples expected: {message:?}"),
    }
}

fn emitted(message: &Message<'_>) -> Vec<u8> {
    let mut buffer = vec![0; message.buffer_len()];
    assert_eq!(message.emit(&mut buffer), Ok(buffer.len()));
    buffer
}

fn address(entry: &Value) -> Address<'static> {
    let input = || entry["input"].as_u64().unwrap().try_into().unwrap();
    match entry["kind"].as_str().unwrap() {
        "temperature" => Address::Temperature,
        "analog" => Address::Analog(input()),
        "digital_in" => Address::DigitalIn(input()),
        kind => panic!("unknown kind {kind}"),
    }
}

#[test]
fn notifications_parse_to_their_fields_and_emit_to_their_octets() {
    let entries = vectors("oap_notifications.json");
    assert_eq!(entries.len(), 64);
    for entry in &entries {
        let octets = octets(&entry["oap"]);
        let message = Message::parse(&octets).unwrap();
        let samples = samples(&message);

        assert_eq!(entry["dst_port"], UDP_PORT);
        assert_eq!(message.control.bits(), octets[0]);
        assert_eq!(message.id.octet(), octets[1]);
        assert_eq!(samples.address, address(entry), "{entry}");
        assert_eq!(samples.timestamp.secs(), entry["timestamp"][0].as_i64().unwrap());
        assert_eq!(entry["timestamp"][1], samples.timestamp.usecs());
        assert_eq!(entry["rate_ms"], samples.rate_ms);
        assert_eq!(entry["sample_bits"], samples.values.size().bits());
        let values: Vec<i16> = samples.values.iter().collect();
        assert_eq!(entry["samples"], Value::from(values.clone()));
        assert_eq!(samples.values.len(), values.len());

        let temperatures: Vec<_> = samples.temperatures().collect();
        if samples.address == Address::Temperature {
            assert_eq!(samples.values.size(), SampleSize::Bits16);
            assert_eq!(temperatures.len(), values.len());
            assert_eq!(temperatures[0].0, samples.timestamp);
            assert_eq!(entry["celsius"], temperatures[0].1.celsius());
        } else {
            assert_eq!(temperatures, []);
        }

        assert_eq!(emitted(&message), octets);
    }
}

#[test]
fn the_published_notification_is_22_97_degrees() {
    let octets = hex::decode("00000500ff0105000000003d226bc600060eb300007530011008f9").unwrap();
    let message = Message::parse(&octets).unwrap();
    let samples = samples(&message);
    assert_eq!(message.control, Control::default());
    assert_eq!(message.id, Id::new(0, 0));
    assert_eq!(samples.rate_ms, 30_000);
    let temperatures: Vec<_> =
        samples.temperatures().map(|(time, temperature)| (time, temperature.celsius())).collect();
    assert_eq!(temperatures, [(Timestamp::new(1_025_665_990, 396_979), 22.97)]);
    assert_eq!(emitted(&message), octets);
}

#[test]
fn the_published_request_enables_temperature_every_10_s() {
    let octets = hex::decode("050002ff0105000101010400002710").unwrap();
    let fields = [Tlv::u8(sensor::ENABLE, 1), Tlv::u32(sensor::RATE, 10_000)];
    let request = Message {
        control: Control::RELIABLE | Control::SYNC,
        id: Id::new(0, 0),
        body: Body::Request(Request {
            method: Method::Put,
            address: Address::Temperature,
            tlvs: Tlvs::from(&fields),
        }),
    };
    assert_eq!(Message::parse(&octets), Ok(request));
    assert_eq!(emitted(&request), octets);
}

#[test]
fn the_payload_of_send_data_is_a_request() {
    let entries = vectors("commands.json");
    let send_data = entries.iter().find(|entry| entry["name"] == "sendData").unwrap();
    assert_eq!(send_data["fields"]["dstPort"], UDP_PORT);
    let data = send_data["fields"]["data"].as_array().unwrap();
    let octets: Vec<u8> = data.iter().map(|octet| octet.as_u64().unwrap() as u8).collect();

    let message = Message::parse(&octets).unwrap();
    assert_eq!(message.control, Control::RELIABLE | Control::SYNC);
    assert_eq!(message.id, Id::new(3, 13));
    let Body::Request(request) = message.body else { panic!("request expected: {message:?}") };
    assert_eq!(request.method, Method::Put);
    assert_eq!(request.address, Address::Temperature);
    assert_eq!(request.tlvs.sensor_fields().enable(), Ok(Some(true)));
    assert_eq!(request.tlvs.sensor_fields().rate_ms(), Ok(Some(10_000)));
    assert_eq!(emitted(&message), octets);
}
