//! OAP messages: what parses emits, what was emitted parses to the same, and everything that can be
//! read from a message can be read from any.
//!
//! Input: the payload of a datagram.

use oap_core::{Address, Body, EmitError, Message, Notification, Samples, Tlvs};

/// Panics if the property does not hold for `data`.
pub fn check(data: &[u8]) {
    if let Ok(message) = Message::parse(data) {
        let emitted = emitted(&message);
        assert!(emitted.len() <= data.len());
        assert_eq!(Message::parse(&emitted), Ok(message));
        if !matches!(message.body, Body::Notification(_)) {
            assert_eq!(emitted, data);
        }
        match message.body {
            Body::Request(request) => check_tlvs(&request.tlvs),
            Body::Response(response) => check_tlvs(&response.tlvs),
            Body::Notification(Notification::Samples(samples)) => check_samples(&samples),
            _ => {}
        }
    }
    if let Ok(tlvs) = Tlvs::parse(data) {
        check_tlvs(&tlvs);
    }
}

fn emitted(message: &Message<'_>) -> Vec<u8> {
    let expected = message.buffer_len();
    let mut buffer = vec![0; expected];
    let found = expected - 1;
    let too_small = Err(EmitError::BufferTooSmall { expected, found });
    assert_eq!(message.emit(&mut buffer[1..]), too_small);
    assert_eq!(message.emit(&mut buffer), Ok(expected));
    buffer
}

fn check_samples(samples: &Samples<'_>) {
    let count = samples.values.len();
    assert_eq!(samples.iter().count(), count);
    assert_eq!(samples.values.is_empty(), count == 0);
    let mut earliest = samples.timestamp;
    for (sample, value) in samples.iter().zip(samples.values.iter()) {
        assert_eq!(sample.value, value);
        assert!(sample.timestamp >= earliest);
        assert!(sample.timestamp.usecs() < 1_000_000);
        earliest = sample.timestamp;
    }
    let temperatures = if samples.address == Address::Temperature { count } else { 0 };
    assert_eq!(samples.temperatures().count(), temperatures);
    for (_, temperature) in samples.temperatures() {
        assert!((-327.68..=327.67).contains(&temperature.celsius()));
    }
}

fn check_tlvs(tlvs: &Tlvs<'_>) {
    let list: Vec<_> = tlvs.iter().collect();
    assert_eq!(Tlvs::from(&list[..]), *tlvs);
    for tlv in &list {
        let too_wide = tlv.value().len() > 4;
        assert_eq!(tlv.unsigned().is_err(), too_wide);
        assert_eq!(tlv.signed().is_err(), too_wide);
        assert!(tlvs.find(tlv.tag()).is_some());
    }
    assert_eq!(tlvs.address().is_some(), tlvs.find(oap_core::tag::ADDRESS).is_some());
    let fields = tlvs.sensor_fields();
    let _ = (fields.enable(), fields.rate_ms(), fields.sample_count(), fields.data_format());
    let _ = (fields.value(), fields.temperature());
}
