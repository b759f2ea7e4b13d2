//! What is emitted parses to what it was, for every kind of message and any values in it.

use oap_core::{
    Address, Body, Command, Control, DigitalChange, EmitError, Id, LocateMe, Message, Method,
    Notification, PkGen, Request, Response, ResultCode, SampleSize, SampleValues, Samples,
    Statistics, Timestamp, Tlv, Tlvs,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn assert_round_trip(message: &Message<'_>) {
    let mut buffer = vec![0xA5; message.buffer_len() + 3];
    assert_eq!(message.emit(&mut buffer), Ok(message.buffer_len()));
    let (octets, untouched) = buffer.split_at_mut(message.buffer_len());
    assert_eq!(untouched, [0xA5; 3]);
    assert_eq!(Message::parse(octets), Ok(*message));

    let too_small = EmitError::BufferTooSmall { expected: octets.len(), found: octets.len() - 1 };
    assert_eq!(message.emit(&mut octets[1..]), Err(too_small));
}

fn assert_notification_round_trip(notification: Notification<'_>) {
    let control = Control::SYNC;
    let body = Body::Notification(notification);
    assert_round_trip(&Message { control, id: Id::new(7, 9), body });
}

/// Octets of an address: a known one as a rule.
fn address() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => (prop_oneof![0..=6_u8, 253..=255_u8], vec(0..=4_u8, 0..=1)).prop_map(
            |(element, index)| [vec![element], index].concat()
        ),
        1 => vec(any::<u8>(), 0..=255),
    ]
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    (any::<i64>(), any::<u32>()).prop_map(|(secs, usecs)| Timestamp::new(secs, usecs))
}

fn tlvs() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    vec((any::<u8>(), vec(any::<u8>(), 0..=6)), 0..=8)
}

fn borrowed(tlvs: &[(u8, Vec<u8>)]) -> Vec<Tlv<'_>> {
    tlvs.iter().map(|(tag, value)| Tlv::new(*tag, value)).collect()
}

proptest! {
    #[test]
    fn header(control: u8, id: u8) {
        let body = Body::Unknown { command: 0, payload: &[] };
        let (control, id) = (Control::from_bits(control), Id::from_octet(id));
        assert_round_trip(&Message { control, id, body });
    }

    #[test]
    fn request(method in 0..4_usize, address in address(), tlvs in tlvs()) {
        let method = [Method::Get, Method::Put, Method::Post, Method::Delete][method];
        let tlvs = borrowed(&tlvs);
        let body = Body::Request(Request {
            method,
            address: Address::from(&address[..]),
            tlvs: Tlvs::from(&tlvs[..]),
        });
        assert_round_trip(&Message { control: Control::RELIABLE, id: Id::default(), body });
    }

    #[test]
    fn response(command: u8, result: u8, tlvs in tlvs()) {
        let tlvs = borrowed(&tlvs);
        let body = Body::Response(Response {
            command: Command::from(command),
            result: ResultCode::from(result),
            tlvs: Tlvs::from(&tlvs[..]),
        });
        assert_round_trip(&Message { control: Control::RELIABLE, id: Id::default(), body });
    }

    #[test]
    fn samples(
        address in address(),
        timestamp in timestamp(),
        rate_ms: u32,
        octets in vec(any::<u8>(), 0..=255),
        numbers in vec(any::<i16>(), 0..=255),
    ) {
        for values in [SampleValues::bits8(&octets), SampleValues::bits16(&numbers)] {
            let address = Address::from(&address[..]);
            let samples = Samples { address, timestamp, rate_ms, values };
            assert_notification_round_trip(Notification::Samples(samples));
        }
    }

    #[test]
    fn statistics(
        address in address(),
        timestamp in timestamp(),
        rate_ms: u32,
        num_samples: u8,
        wide: [i16; 3],
        narrow: [u8; 3],
    ) {
        let narrow = narrow.map(i16::from);
        for (sample_size, [min, max, average]) in
            [(SampleSize::Bits8, narrow), (SampleSize::Bits16, wide)]
        {
            let address = Address::from(&address[..]);
            assert_notification_round_trip(Notification::Statistics(Statistics {
                address, timestamp, rate_ms, num_samples, sample_size, min, max, average,
            }));
        }
    }

    #[test]
    fn digital_change(address in address(), timestamp in timestamp(), new_value: u8) {
        let address = Address::from(&address[..]);
        let change = DigitalChange { address, timestamp, new_value };
        assert_notification_round_trip(Notification::DigitalChange(change));
    }

    #[test]
    fn locate_me(payload in vec(any::<u8>(), 0..=90)) {
        assert_notification_round_trip(Notification::LocateMe(LocateMe { payload: &payload }));
    }

    #[test]
    fn pkgen(
        address in address(),
        pid: u32,
        start_pid: u32,
        num_packets: u32,
        filler in vec(any::<u8>(), 0..=90),
    ) {
        let address = Address::from(&address[..]);
        let packet = PkGen { address, pid, start_pid, num_packets, filler: &filler };
        assert_notification_round_trip(Notification::PkGen(packet));
    }

    #[test]
    fn unknown_commands(command in 6..=255_u8, payload in vec(any::<u8>(), 0..=90)) {
        let body = Body::Unknown { command, payload: &payload };
        assert_round_trip(&Message { control: Control::default(), id: Id::default(), body });
    }

    #[test]
    fn unknown_notifications(kind in 5..=255_u8, payload in vec(any::<u8>(), 0..=90)) {
        assert_notification_round_trip(Notification::Unknown { kind, payload: &payload });
    }
}

fn emit_error(body: Body<'_>) -> EmitError {
    let message = Message { control: Control::default(), id: Id::default(), body };
    message.emit(&mut [0; 1024]).unwrap_err()
}

const SAMPLES: Samples<'_> = Samples {
    address: Address::Temperature,
    timestamp: Timestamp::new(0, 0),
    rate_ms: 0,
    values: SampleValues::bits8(&[]),
};

#[test]
fn more_samples_than_a_count_can_say_are_refused() {
    let values = SampleValues::bits8(&[0; 256]);
    let samples = Notification::Samples(Samples { values, ..SAMPLES });
    let error = EmitError::TooManySamples { found: 256 };
    assert_eq!(emit_error(Body::Notification(samples)), error);
}

#[test]
fn a_statistic_wider_than_its_size_is_refused() {
    for found in [-1, 256] {
        let statistics = Notification::Statistics(Statistics {
            address: Address::DigitalIn(0),
            timestamp: Timestamp::new(0, 0),
            rate_ms: 0,
            num_samples: 1,
            sample_size: SampleSize::Bits8,
            min: 0,
            max: 255,
            average: found,
        });
        let error = EmitError::StatisticOutOfRange { found };
        assert_eq!(emit_error(Body::Notification(statistics)), error);
    }
}

#[test]
fn an_address_longer_than_a_length_can_say_is_refused() {
    let address = Address::Unknown(&[0; 256]);
    let samples = Notification::Samples(Samples { address, ..SAMPLES });
    let error = EmitError::TlvTooLong { tag: 0xFF, found: 256 };
    assert_eq!(emit_error(Body::Notification(samples)), error);
}
